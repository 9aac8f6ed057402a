//! Step order, replicates, batches, and the ledger of identities. Returns results; writes nothing.

mod alone;
pub mod backtest;
pub mod batch;
pub mod calibration;
pub mod layout;
pub mod ledger;
pub mod money;
pub mod place_record;
mod record;
pub mod replicate;
mod service_record;
