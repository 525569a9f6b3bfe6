"""The what-if workbench: a local web app in which a portfolio is planned anew while the hand is on a slider.

The server (`app`, `guard`, `sessions`, `store`) only passes messages: every portfolio is read, solved and shown by
child processes (`children`, `tasks`) whose memory and time are limited, so that no problem, however large, takes it
down.
"""
