"""Plain text whose lines were broken for the way only. RFC 3676, "format=flowed"."""


def joined(text: str, *, delsp: bool) -> str:
    """A line that ends with a space goes on in the next; a stuffed space is taken out."""
    lines: list[list[str]] = []
    going_on = False
    for line in text.split("\n"):
        body = line[1:] if line.startswith(" ") else line
        if going_on and not line.startswith(">"):
            lines[-1][-1] = lines[-1][-1].rstrip(" ") + ("" if delsp else " ")
            lines[-1].append(body)
        else:
            lines.append([body])
        going_on = body.endswith(" ") and body != "-- " and not line.startswith(">")
    return "\n".join(map("".join, lines))
