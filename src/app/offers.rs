//! The timed work of the waiting list.

use super::App;
use crate::appointments::waiting;
use crate::platform::jobs::Job;

impl App {
    /// Offers of freed times that nobody answered in time.
    pub(super) fn lapse_offers(&self) -> Job {
        let db = self.db.clone();
        Job::new("lapse-offers", self.config.jobs.lapse_offers.clone(), move |now| {
            let db = db.clone();
            async move { waiting::lapse(&db, now).await }
        })
    }

    /// What got free is offered, where the clinic wants that.
    pub(super) fn ask_waiting(&self) -> Job {
        let db = self.db.clone();
        Job::new("ask-waiting", self.config.jobs.ask_waiting.clone(), move |now| {
            let db = db.clone();
            async move { waiting::ask_by_itself(&db, now).await }
        })
    }
}
