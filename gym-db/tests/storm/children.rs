//! A [`Child`] is this test binary once more, as another process: it books, and says what it was answered.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child as Process, ChildStdout, Command as Program, Stdio};
use std::sync::Mutex;

use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{ClassId, MemberId};
use gym_db::{Failure, Gym};
use serde::{Deserialize, Serialize};

use crate::support::both;
use crate::venue::{Venue, noon, now, patient};
use crate::{dunning, invoices, killed};

/// Where a child finds its [`Work`].
const WORK: &str = "GYM_STORM_WORK";

/// What a child does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Each member asks once for a seat or a place, members being dealt out to threads.
    Book {
        url: String,
        class: ClassId,
        members: Vec<MemberId>,
        threads: usize,
    },
    /// Commands without end, drawn from a seed.
    Storm(killed::Storm),
    /// Invoices without end.
    Bill(invoices::Bills),
    /// Sweeps of dunning.
    Dun(dunning::Sweeps),
}

/// What somebody was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A seat: the number of the booking.
    Seat(i64),
    /// The place in the order of the waitlist.
    Place(u32),
    /// A refusal, with its sentence.
    Refused(String),
    /// It was done, whatever it was.
    Done,
    /// The server was lost; whether it happened is unknown.
    Lost,
    /// Any other failure, with its sentence. There should be none.
    Failed(String),
}

/// One line that a child prints once a command is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub key: String,
    pub member: MemberId,
    pub answer: Answer,
}

/// Another process, and what it says.
#[derive(Debug)]
pub struct Child {
    pub life: Life,
    pub lines: Lines,
}

/// The life of another process, which ends with this.
#[derive(Debug)]
pub struct Life(Process);

/// What another process says, up to its end.
#[derive(Debug)]
pub struct Lines(BufReader<ChildStdout>);

/// What a line begins with that is not the test harness's.
const MARK: &str = "said ";

impl Child {
    pub fn start(work: &Work) -> Self {
        let mut process = Program::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "children::a_child_says_what_is_stored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(WORK, serde_json::to_string(work).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Lines(BufReader::new(process.stdout.take().unwrap()));
        Self {
            life: Life(process),
            lines,
        }
    }

    /// Hears all that it says until it ends, which must be well.
    pub fn finish(mut self) -> Vec<Said> {
        let said = self.lines.collect();
        assert!(self.life.0.wait().unwrap().success());
        said
    }
}

impl Iterator for Lines {
    type Item = Said;

    /// A line that was cut off is no answer.
    fn next(&mut self) -> Option<Said> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            if let Some(said) = line.strip_prefix(MARK).filter(|said| said.ends_with('\n')) {
                return Some(serde_json::from_str(said).unwrap());
            }
        }
    }
}

impl Life {
    /// Kills it at once (SIGKILL).
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Says what was answered: one write of one line, so that threads do not mix.
pub fn say(said: &Said) {
    static ONE: Mutex<()> = Mutex::new(());
    // The test harness may have begun a line.
    let line = format!("\n{MARK}{}\n", serde_json::to_string(said).unwrap());
    let _one = ONE.lock().unwrap();
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Gives a command with a key and puts the answer into few words.
pub fn ask(gym: &Gym, key: &str, member: MemberId, command: &Command) -> Said {
    let answer = match gym.at(now()).key(key).run(command) {
        Ok(done) => done
            .find(|event| match event {
                Event::Booked(new) if new.member == member => Some(Answer::Seat(new.id.get())),
                Event::Waitlisted(new) if new.member == member => Some(Answer::Place(new.seq)),
                _ => None,
            })
            .unwrap_or(Answer::Done),
        Err(Failure::Refused(refusal)) => Answer::Refused(refusal.to_string()),
        Err(Failure::Store(error)) if error.is_lost() => Answer::Lost,
        Err(failure) => Answer::Failed(failure.to_string()),
    };
    Said {
        key: key.to_owned(),
        member,
        answer,
    }
}

/// The command of one booker: every third would rather be refused than wait.
pub fn wish(member: MemberId, class: ClassId) -> Command {
    use gym_core::command::{Book, IfFull};
    let if_full = if member.get() % 3 == 0 {
        IfFull::Refuse
    } else {
        IfFull::Wait
    };
    Command::Book(Book {
        if_full,
        ..Book::one(member, class)
    })
}

fn work(work: &Work) {
    match work {
        Work::Book {
            url,
            class,
            members,
            threads,
        } => {
            let gym = patient(url);
            std::thread::scope(|scope| {
                for thread in 0..*threads {
                    let gym = &gym;
                    scope.spawn(move || {
                        for member in members.iter().skip(thread).step_by(*threads) {
                            let key = format!("{class}-{member}");
                            say(&ask(gym, &key, *member, &wish(*member, *class)));
                        }
                    });
                }
            });
        }
        Work::Storm(storm) => storm.run(),
        Work::Bill(bills) => bills.run(),
        Work::Dun(sweeps) => sweeps.run(),
    }
}

/// In a child this is its work. Elsewhere a child is made, and what it says is what is stored.
#[test]
fn a_child_says_what_is_stored() {
    if let Ok(given) = std::env::var(WORK) {
        return work(&serde_json::from_str(&given).unwrap());
    }
    both(|db| {
        let venue = Venue::open(db);
        let (members, class) = (venue.members(6), venue.class(noon(3), 2, None));
        let mut said = Child::start(&Work::Book {
            url: db.url.clone(),
            class,
            members: members.clone(),
            threads: 1,
        })
        .finish();
        said.sort_by_key(|said| said.member);
        let answers: Vec<_> = said.iter().map(|said| said.answer.clone()).collect();
        let roster = venue.gym.roster(class).unwrap();
        let seats: Vec<_> = roster
            .iter()
            .map(|booked| Answer::Seat(booked.id.get()))
            .collect();
        assert_eq!(answers[..2], seats);
        assert!(matches!(answers[2], Answer::Refused(_)), "{answers:?}");
        assert_eq!(answers[3..5], [Answer::Place(1), Answer::Place(2)]);
        assert_eq!(said.iter().map(|said| said.member).collect::<Vec<_>>(), members);
        assert_eq!(venue.gym.waitlist(class).unwrap().len(), 2);
    });
}
