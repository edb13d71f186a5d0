"""Memory: raw-line log, Parquet archive behind a manifest, desk store, and questions to them."""
