//! The week of one provider, what is picked out, and what leads back to the same board.

use crate::both;
