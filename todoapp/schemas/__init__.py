"""What goes in (strict) and what comes out, as JSON. Schemas never query."""
