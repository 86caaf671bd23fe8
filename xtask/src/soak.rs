//! `cargo xtask soak`: many connections for a long time, on evalua and on a real server at once.
//!
//! Owns what is asked, what must come back, and the tables of memory. Each connection has keys of its own, so
//! that every answer is known; one that is another is an error.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use evalua_conformance::resp::{Client, Reply, encode};

use crate::bench::report;
use crate::servers::{Server, raise_open_files};
use crate::{cargo, program, target};

/// What `cargo xtask help` says of the command.
pub const USAGE: &str = "  soak [OPTION]…
              send commands and scripts over many connections to evalua and to redis-server at once,
              check every answer, and write the table of their memory in benches/README.md
      --seconds N            how long (300); the table is written if it is this
      --clients N            how many connections (1000)
      --idle N               open so many connections that do nothing instead, and write that table
      --evalua PATH          ask this program instead of building evalua
      --short                a few seconds and connections on a debug build
";

/// Seconds and connections of a short run.
const SHORT: (u64, usize) = (5, 100);

/// How long it takes unless `--seconds N` says otherwise.
const SECONDS: u64 = 300;

/// How many connections there are unless `--clients N` says otherwise.
const CLIENTS: usize = 1000;

/// How often memory is looked at, in one run.
const LOOKS: u32 = 5;

/// How long idle connections are left alone before memory is looked at: both servers give back buffers.
const REST: Duration = Duration::from_secs(5);

/// A limiter, as scripts go: it counts, sets an expiry, and gives a table back.
const SCRIPT: &str = "local n = redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], 600000)
redis.call('HSET', KEYS[2], 'f' .. n % 10, cjson.encode({ n = n, at = ARGV[1] }))
return { n, redis.call('HLEN', KEYS[2]), ARGV[1] }";

#[derive(Default)]
struct Options {
    seconds: Option<u64>,
    clients: Option<usize>,
    idle: Option<usize>,
    evalua: Option<PathBuf>,
    short: bool,
}

/// Runs the command.
pub fn run(words: &[&str]) -> Result<(), String> {
    let options = parse(words)?;
    raise_open_files()?;
    let evalua = match &options.evalua {
        Some(path) => path.clone(),
        None if options.short => {
            cargo(&["build", "-p", "evalua-cli"], None)?;
            target().join("debug/evalua")
        }
        None => program::build()?,
    };
    let (seconds, clients) = match options.short {
        true => SHORT,
        false => (SECONDS, CLIENTS),
    };
    match options.idle {
        Some(count) => idle(&evalua, count),
        None => soak(
            &evalua,
            options.clients.unwrap_or(clients),
            options.seconds.unwrap_or(seconds),
        ),
    }
}

fn parse(words: &[&str]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        if word == "--short" {
            options.short = true;
            continue;
        }
        let value = words.next();
        let value = value.ok_or_else(|| format!("{word} needs a value"))?;
        let number = || -> Result<usize, String> {
            let number = value.parse().ok().filter(|n| *n > 0);
            number.ok_or_else(|| format!("{word} needs a number"))
        };
        match word {
            "--seconds" => options.seconds = Some(number()? as u64),
            "--clients" => options.clients = Some(number()?),
            "--idle" => options.idle = Some(number()?),
            "--evalua" => options.evalua = Some(value.into()),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    Ok(options)
}

/// What has been asked of a server so far.
#[derive(Default)]
struct Progress {
    requests: AtomicU64,
    errors: AtomicU64,
    is_over: AtomicBool,
}

fn soak(evalua: &Path, clients: usize, seconds: u64) -> Result<(), String> {
    let servers = Server::both(evalua)?;
    let progress = [Progress::default(), Progress::default()];
    let all = || servers.iter().zip(&progress);
    // Memory in MiB, server by server: with all connections there, then look by look.
    let mut sizes = Vec::new();
    thread::scope(|scope| -> Result<(), String> {
        let asking: Vec<_> = all()
            .map(|(server, progress)| {
                let connections = connect(server.address(), clients);
                connections.map(|them| scope.spawn(move || ask(them, progress)))
            })
            .collect::<Result<_, _>>()?;
        let measured = watch(&servers, Duration::from_secs(seconds), &mut sizes);
        for progress in &progress {
            progress.is_over.store(true, Ordering::Relaxed);
        }
        for asked in asking {
            asked.join().map_err(|_| "a client has failed")??;
        }
        measured
    })?;
    let mut head = "| server | requests | errors | at first, MiB |".to_owned();
    for look in 1..=u64::from(LOOKS) {
        head += &format!(" {} s |", seconds * look / u64::from(LOOKS));
    }
    head += &format!("\n|{}", "---|".repeat(4 + LOOKS as usize));
    let mut rows = Vec::new();
    for (index, (server, progress)) in all().enumerate() {
        let mut row = format!(
            "| {} | {} | {} |",
            server.name(),
            progress.requests.load(Ordering::Relaxed),
            progress.errors.load(Ordering::Relaxed)
        );
        for sizes in &sizes {
            row += &format!(" {:.1} |", sizes[index]);
        }
        rows.push(row);
    }
    let table = format!("{head}\n{}", rows.join("\n"));
    println!("{table}");
    if (clients, seconds) == (CLIENTS, SECONDS) {
        report::replace("soak", &table)?;
    }
    let errors = |progress: &Progress| progress.errors.load(Ordering::Relaxed);
    match progress.iter().map(errors).sum() {
        0 => Ok(()),
        errors => Err(format!("{errors} answers were other than expected")),
    }
}

/// Looks at the memory of the servers, over so long a time.
fn watch(servers: &[Server; 2], time: Duration, sizes: &mut Vec<[f64; 2]>) -> Result<(), String> {
    for look in 0..=LOOKS {
        if look > 0 {
            thread::sleep(time / LOOKS);
        }
        let [theirs, ours] = servers;
        sizes.push([
            theirs.resident_kib()? / 1024.0,
            ours.resident_kib()? / 1024.0,
        ]);
    }
    Ok(())
}

fn connect(address: SocketAddr, count: usize) -> Result<Vec<Client>, String> {
    let clients = (0..count).map(|_| Client::connect(address));
    let clients: Result<_, _> = clients.collect();
    clients.map_err(|e| format!("{address}: {e}"))
}

/// Asks over all connections, turn by turn, until it is over.
fn ask(mut clients: Vec<Client>, progress: &Progress) -> Result<(), String> {
    let fail = |e: std::io::Error| format!("a connection: {e}");
    let sha = match clients[0]
        .command(["SCRIPT", "LOAD", SCRIPT])
        .map_err(fail)?
    {
        Reply::Bulk(sha) => String::from_utf8_lossy(&sha).into_owned(),
        other => return Err(format!("SCRIPT LOAD: {other:?}")),
    };
    for turn in 1.. {
        for (id, client) in clients.iter_mut().enumerate() {
            let requests = exchange(id, turn, &sha);
            let bytes: Vec<u8> = requests
                .iter()
                .flat_map(|(words, _)| encode(words))
                .collect();
            client.send_raw(&bytes).map_err(fail)?;
        }
        for (id, client) in clients.iter_mut().enumerate() {
            for (words, expected) in exchange(id, turn, &sha) {
                let reply = client.receive().map_err(fail)?;
                progress.requests.fetch_add(1, Ordering::Relaxed);
                if reply != expected {
                    progress.errors.fetch_add(1, Ordering::Relaxed);
                    eprintln!("{words:?}: {reply:?} in place of {expected:?}");
                }
            }
        }
        if progress.is_over.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// The requests of a connection in a turn, counted from 1, and their answers.
fn exchange(id: usize, turn: i64, sha: &str) -> Vec<(Vec<String>, Reply)> {
    let ok = || Reply::Status(b"OK".to_vec());
    let queued = || Reply::Status(b"QUEUED".to_vec());
    let bulk = |text: String| Reply::Bulk(text.into_bytes());
    // What has come of ten names in turn.
    let ten = turn.min(10);
    let slot = turn % 10;
    let requests = [
        (format!("SET s:{id} value-{turn}"), ok()),
        (format!("GET s:{id}"), bulk(format!("value-{turn}"))),
        (format!("INCR n:{id}"), Reply::Int(turn)),
        (format!("SET short:{id}:{slot} x PX 50"), ok()),
        (format!("LPUSH l:{id} {turn}"), Reply::Int(turn.min(11))),
        (format!("LTRIM l:{id} 0 9"), ok()),
        (format!("LINDEX l:{id} 0"), bulk(turn.to_string())),
        (
            format!("ZADD z:{id} {turn} m{slot}"),
            Reply::Int(i64::from(turn <= 10)),
        ),
        (
            format!("ZREVRANGE z:{id} 0 0"),
            Reply::Array(vec![bulk(format!("m{slot}"))]),
        ),
        (
            format!("EVALSHA {sha} 2 e:{id} h:{id} {turn}"),
            Reply::Array(vec![
                Reply::Int(turn),
                Reply::Int(ten),
                bulk(turn.to_string()),
            ]),
        ),
        (
            format!("EVAL return{{KEYS[1],#ARGV}} 1 s:{id} a b"),
            Reply::Array(vec![bulk(format!("s:{id}")), Reply::Int(2)]),
        ),
        ("MULTI".to_owned(), ok()),
        (format!("INCR m:{id}"), queued()),
        (format!("HLEN h:{id}"), queued()),
        (
            "EXEC".to_owned(),
            Reply::Array(vec![Reply::Int(turn), Reply::Int(ten)]),
        ),
        (format!("EXISTS none:{id}"), Reply::Int(0)),
    ];
    let words = |line: String| line.split(' ').map(str::to_owned).collect();
    requests.map(|(line, reply)| (words(line), reply)).into()
}

/// Opens connections to one server after the other, and writes what each of them takes.
fn idle(evalua: &Path, count: usize) -> Result<(), String> {
    let head = "| server | before, MiB | with the connections, MiB | KiB each |\n|---|---|---|---|";
    let mut rows = Vec::new();
    println!("{head}");
    for server in Server::both(evalua)? {
        let before = server.resident_kib()?;
        let mut clients = connect(server.address(), count)?;
        for client in &mut clients {
            let reply = client.command(["PING"]);
            if reply.as_ref().ok() != Some(&Reply::Status(b"PONG".to_vec())) {
                return Err(format!("{}: PING: {reply:?}", server.name()));
            }
        }
        thread::sleep(REST);
        let after = server.resident_kib()?;
        let row = format!(
            "| {} | {:.1} | {:.1} | {:.2} |",
            server.name(),
            before / 1024.0,
            after / 1024.0,
            (after - before) / count as f64
        );
        println!("{row}");
        rows.push(row);
    }
    report::replace("idle", &format!("{head}\n{}", rows.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_a_real_server() {
        let Some(server) = evalua_conformance::server::Server::oracle() else {
            return;
        };
        let address = SocketAddr::from(([127, 0, 0, 1], server.port()));
        let progress = Progress::default();
        progress.is_over.store(true, Ordering::Relaxed);
        ask(connect(address, 3).unwrap(), &progress).unwrap();
        assert_eq!(progress.requests.into_inner(), 3 * 16);
        assert_eq!(progress.errors.into_inner(), 0);
    }
}
