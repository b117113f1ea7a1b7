import socket

from madoguchi.stack import LOOPBACK, choose_ports, free_ports


def _listen(port: int) -> socket.socket:
    server = socket.socket()
    server.bind((LOOPBACK, port))
    server.listen()
    return server


def test_free_ports_are_different_and_can_be_bound() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        _listen(port).close()


def test_a_free_preferred_port_is_taken() -> None:
    (port,) = free_ports(1)
    assert choose_ports({"kafka": port}) == {"kafka": port}


def test_a_preferred_port_in_use_is_replaced() -> None:
    with _listen(0) as server:
        taken = server.getsockname()[1]
        chosen = choose_ports({"kafka": taken})["kafka"]
    assert chosen not in (0, taken)


def test_two_names_that_prefer_one_port_get_two_ports() -> None:
    (port,) = free_ports(1)
    chosen = choose_ports({"kafka": port, "postgres": port, "redis": 0})
    assert chosen["kafka"] == port
    assert len(set(chosen.values())) == 3
