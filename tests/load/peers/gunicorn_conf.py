"""How Gunicorn serves the peers: as it serves the service, without a log of accesses."""

workers = 2
threads = 4
reuse_port = True
keepalive = 75
timeout = 60
loglevel = "warning"
control_socket_disable = True
