"""E-mail as every mail channel reads it: MIME, charsets, HTML, quotes, machines, bounces. Pure, and raises nothing for what mail holds."""
