"""Encoders of animations whose frames are made one by one, each as its changes to the last one."""
