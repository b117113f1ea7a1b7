"""What truly happened, counted as a simulation is counted."""

from contracts.routing import ConfigureAgent
from madoguchi.simulate.read import House
from madoguchi.simulate.replay.recording import Recording
from madoguchi.simulate.replay.unfold import Story
from madoguchi.simulate.tally import Tally


def recorded(house: House, recording: Recording, story: Story) -> Tally:
    """The house says what the events don't: within what time its queues answer, and the room of its agents."""
    tally = Tally(house.config, recording.counted_from, recording.until)
    for agent in house.agents:
        tally.has_room(agent.agent_id, agent.capacity, recording.begins)
    asked = {life.index: life for life in story.lives}
    for moment in recording.moments:
        if moment.is_event:
            tally.note(moment.data, moment.at)
        elif moment.place in asked:
            tally.asked(asked[moment.place].case_id, moment.at)
        elif isinstance(moment.data, ConfigureAgent) and moment.has_effect:
            tally.has_room(moment.data.agent_id, moment.data.capacity, moment.at)
    return tally
