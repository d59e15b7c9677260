"""The AWS services that the platform uses, in one process on this machine.

The process embeds ministack and adds what it lacks: services that really run, durable
state, and AWS-shaped errors for what is missing.
Every package in here is one service or one part of a service; its `register(host)` is
called when the gateway starts (see `localaws.host.Host`).
The code knows AWS's wire protocols and nothing of the platform that is deployed to it.
"""
