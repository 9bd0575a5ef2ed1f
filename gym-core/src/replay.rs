//! [`replay`] folds a journal over an empty club, decides every command again, and says where the answer differs.
