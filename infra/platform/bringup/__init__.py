"""Brings the platform up on one machine: environments, local AWS, Airflow, one ingested delivery.

`python3 -m bringup` needs nothing but the standard library and any Python from 3.10 on.
What it starts then runs in the environments that it built.
"""
