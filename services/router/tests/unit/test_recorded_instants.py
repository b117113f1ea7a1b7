from router.handlers.instants import with_instants


def test_recorded_instants_are_shown_as_the_api_writes_times():
    recorded = {
        "at": 1_795_307_795_144,
        "expires_at": 1_795_308_095_144,
        "due_at": None,
        "used_ms": 5,
        "queue": "front",
    }
    assert with_instants(recorded) == {
        "at": "2026-11-22T00:36:35.144Z",
        "expires_at": "2026-11-22T00:41:35.144Z",
        "due_at": None,
        "used_ms": 5,
        "queue": "front",
    }
