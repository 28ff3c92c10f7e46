"""What carries events between services: Kafka between processes, memory within one.

A log may lose, repeat and disorder: nothing depends on it but speed.
"""
