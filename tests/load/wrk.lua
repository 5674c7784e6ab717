-- Sends one request again and again, and ends with one line of figures that a program can read.

init = function(args)
  wrk.method = args[1]
  wrk.body = args[2]
end

done = function(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.timeout + e.status
  print(string.format("figures requests=%d errors=%d seconds=%.6f p50_ms=%.3f p99_ms=%.3f",
    summary.requests, errors, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
