"""Who held how many leads when, against how much each could hold."""
