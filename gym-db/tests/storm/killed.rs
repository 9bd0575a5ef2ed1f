//! stub
use serde::{Deserialize, Serialize};
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Storm;
impl Storm {
    pub fn run(&self) {}
}
