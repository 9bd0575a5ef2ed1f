//! What a forked process finds: locks that nobody will let go of, and no thread but its own.
