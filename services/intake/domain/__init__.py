"""Pure rules about wire shapes, labels, people, mail quotes and time."""
