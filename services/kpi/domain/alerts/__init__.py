"""The pure rules of alerts: what is judged, when it is told and in which words."""
