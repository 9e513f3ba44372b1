//! Where a dry run is done, so that it leaves nothing behind: on a copy of an embedded database that is served meanwhile, on an
//! empty one where there is none yet. Only on PostgreSQL it is done in place, in one transaction that is taken back.

use std::path::PathBuf;

use super::super::serve;
use crate::platform::config::Config;
use crate::platform::crypto::new_key;
use crate::platform::db::{DatabaseUrl, Found, copy_sqlite, look_for};

/// What a dry run works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// A copy of what is there.
    Copy,
    /// An empty database: there is none yet.
    Nothing,
    /// The database itself; what was done is taken back.
    Itself,
}

/// A dry run's database. A folder that was made for it goes with this value.
pub(super) struct Trial {
    /// What it is.
    pub(super) on: On,
    folder: Option<PathBuf>,
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder
            && let Err(e) = std::fs::remove_dir_all(folder)
        {
            eprintln!("chairside: {} was left behind: {e}", folder.display());
        }
    }
}

impl Trial {
    /// Looks what is there, and points the settings to what the dry run may write to.
    ///
    /// # Errors
    /// A text for the operator: the database cannot be reached, or it has to be migrated first, or its key is not there.
    pub(super) fn of(config: &mut Config) -> Result<Trial, String> {
        let url = config.database_url()?;
        match (look_for(&url)?, &url) {
            (Found::Nothing, _) => {
                let trial = Trial::in_a_folder(On::Nothing, config)?;
                config.secrets.key.0 = new_key();
                Ok(trial)
            }
            (Found::Older, _) => Err(format!(
                "the database {url} is of an older version: start `serve` of this version once, which brings it up; a dry run \
                 changes nothing"
            )),
            (Found::Here, DatabaseUrl::Sqlite(path)) => {
                serve::must_be_there(config)?;
                let trial = Trial::in_a_folder(On::Copy, config)?;
                if let DatabaseUrl::Sqlite(copy) = config.database_url()? {
                    copy_sqlite(path, &copy)?;
                }
                Ok(trial)
            }
            (Found::Here, DatabaseUrl::Postgres(_)) => {
                serve::must_be_there(config)?;
                let (on, folder) = (On::Itself, None);
                Ok(Trial { on, folder })
            }
        }
    }

    fn in_a_folder(on: On, config: &mut Config) -> Result<Trial, String> {
        let path = std::env::temp_dir().join(format!("chairside-dry-run-{:016x}", rand::random::<u64>()));
        let mut builder = std::fs::DirBuilder::new();
        // Patients' data lies in it for a while.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|e| format!("dry run: cannot make {}: {e}; set TMPDIR", path.display()))?;
        config.database.url = format!("sqlite:{}", path.join("trial.db").display());
        let folder = Some(path);
        Ok(Trial { on, folder })
    }
}
