"""The brain of intake: pure rules about wire shapes, labels, people, mail quotes and time."""
