"""Whether the indicators agree with the story, to the last lead."""
