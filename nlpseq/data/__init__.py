"""Files -> examples -> stored ids -> batches."""
