"""Small, real, offline data: everything here comes with a package or is made on the spot."""

from seq2vit.data.vocab import Vocab

__all__ = ["Vocab"]
