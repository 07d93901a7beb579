"""Conversations of several round trips, written once for both colours.

A flow is a generator. It yields steps (plasma/flows/steps.py) and is sent what came of each, or has the error thrown
into it; what it returns is the result of the conversation. It does no I/O, has no clock and knows no colour. Two small
drivers run one: plasma/running.py and plasma/asyncio/running.py.
"""
