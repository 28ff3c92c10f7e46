"""The pure rules of alerts: what is judged, when it is told, to whom and in which words."""
