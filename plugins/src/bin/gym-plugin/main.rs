//! `gym-plugin`: makes, checks, runs, signs and installs plugins of a gym.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | it is as it should be |
//! | 1 | the plugin, its answer or its signature is not |
//! | 2 | the command was not understood |
//! | 3 | a file could not be read or written, the home is not private, or there is no engine |

mod compare;
mod inspect;
mod install;
mod key;
mod project;
mod question;
mod run;
mod show;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::show::{RED, Shown, Trouble, painted};

/// Makes, checks, runs, signs and installs plugins of a gym.
///
/// Exit codes: 0 it is as it should be; 1 the plugin, its answer or its signature is not; 2 the command was not
/// understood; 3 a file could not be read or written, the home is not private, or there is no engine.
#[derive(Debug, Parser)]
#[command(name = "gym-plugin", version)]
struct Tool {
    /// Prints one JSON value instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a working project of a plugin in Rust.
    New(project::New),
    /// Says what a component is and what it needs.
    Check {
        /// The component.
        file: PathBuf,
    },
    /// Asks a plugin, and shows the answer and how much of each limit it used.
    Run(run::Run),
    /// Asks a plugin what is in fixtures, and compares the answers.
    Test(run::Test),
    /// Measures how long a plugin takes, each call in an instance of its own.
    Bench(run::Bench),
    /// Makes a pair of keys: NAME.key to sign with, NAME.pub to give away.
    Keygen {
        /// What the files are called.
        name: PathBuf,
    },
    /// Signs a component; the signature is beside it.
    Sign(key::Sign),
    /// Installs a plugin, or another version of it.
    Install(install::Install),
    /// Compiles what is installed anew where it has not been compiled for this engine, as after an update of gym-plugin.
    Recompile(install::Recompile),
    /// Lists what is installed.
    List {
        /// The home of plugins: lock file, secret, compiled code.
        #[arg(long)]
        home: PathBuf,
    },
    /// Removes a plugin.
    Remove(install::Remove),
    /// Asks two versions the same, and shows where their prices, rankings or offers differ.
    Diff(compare::Diff),
    /// Asks again what was recorded, and says whether the price is proved.
    Replay(compare::Replay),
    #[command(name = gym_plugins::SUBCOMMAND, hide = true)]
    Compile,
}

fn main() -> ExitCode {
    let tool = Tool::parse();
    let shown = match &tool.command {
        Command::New(new) => new.write(),
        Command::Check { file } => inspect::check(file),
        Command::Run(run) => run.show(),
        Command::Test(test) => test.show(),
        Command::Bench(bench) => bench.show(),
        Command::Keygen { name } => key::generate(name),
        Command::Sign(sign) => sign.write(),
        Command::Install(install) => install.run(),
        Command::Recompile(recompile) => recompile.run(),
        Command::List { home } => install::list(home),
        Command::Remove(remove) => remove.run(),
        Command::Diff(diff) => diff.show(),
        Command::Replay(replay) => replay.show(),
        Command::Compile => return compile(),
    };
    shown.map_or_else(|trouble| tell(&tool, &trouble), |shown| print(&tool, &shown))
}

fn print(tool: &Tool, shown: &Shown) -> ExitCode {
    if tool.json {
        say(&mut std::io::stdout(), &gym_plugins::json::canonical(&shown.json));
    } else {
        say(&mut std::io::stdout(), shown.text.trim_end());
    }
    ExitCode::from(u8::from(!shown.good))
}

fn tell(tool: &Tool, trouble: &Trouble) -> ExitCode {
    let text = trouble.to_string();
    if tool.json {
        let json = serde_json::json!({ "error": text });
        say(&mut std::io::stdout(), &gym_plugins::json::canonical(&json));
    } else {
        let name = painted(RED, "gym-plugin:", &std::io::stderr());
        say(&mut std::io::stderr(), &format!("{name} {text}"));
    }
    ExitCode::from(trouble.code())
}

/// Writes a line. Whoever has stopped listening is told nothing more; the exit code is what it is.
fn say(to: &mut dyn Write, text: &str) {
    drop(writeln!(to, "{text}").and_then(|()| to.flush()));
}

/// Compiles for another process: component in, native code out.
fn compile() -> ExitCode {
    match gym_plugins::compile_stream(&mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&mut std::io::stderr(), &error.to_string());
            ExitCode::FAILURE
        }
    }
}
