"""Every command, once: a group a file, `core.py` beneath them, `views.py` with one name per face above them."""
