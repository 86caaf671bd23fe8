//! The crate `redis`, as applications use it: the same steps in process, through the server, and on a live
//! one.

mod support;

use std::net::{Ipv4Addr, SocketAddr};

use evalua_conformance::server::Server;
use evalua_redis::Redis;
use evalua_redis::redis_rs;
use redis::{
    Client, Commands, ConnectionLike, RedisError, RedisResult, Script, ServerErrorKind, Value,
};

use crate::support::Door;

const LIMITER: &str = include_str!("../../../examples/fixed_window.lua");

/// A connection of either kind.
struct Either(Box<dyn ConnectionLike>);

impl ConnectionLike for Either {
    fn req_packed_command(&mut self, packed: &[u8]) -> RedisResult<Value> {
        self.0.req_packed_command(packed)
    }

    fn req_packed_commands(
        &mut self,
        packed: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        self.0.req_packed_commands(packed, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }

    fn check_connection(&mut self) -> bool {
        self.0.check_connection()
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }
}

/// Runs the steps in process, through the server, and on a live one.
fn everywhere(steps: fn(&mut Either) -> RedisResult<()>) {
    let run = |connection| steps(&mut Either(connection)).unwrap();
    run(Box::new(redis_rs::Client::new(Redis::new()).connection()));
    let door = Door::open();
    run(Box::new(connected(door.address)));
    if let Some(live) = Server::oracle() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, live.port()));
        run(Box::new(connected(address)));
    }
}

fn connected(address: SocketAddr) -> redis::Connection {
    let client = Client::open(format!("redis://{address}")).unwrap();
    client.get_connection().unwrap()
}

#[test]
fn a_script_is_invoked_by_its_hash_and_loaded_where_it_is_missing() {
    everywhere(|connection| {
        let limiter = Script::new(LIMITER);
        let replies: Vec<i64> = (0..4)
            .map(|_| limiter.key("user:1").arg(3).arg(60).invoke(connection))
            .collect::<RedisResult<_>>()?;
        assert_eq!(replies, [1, 1, 1, 0]);
        assert_eq!(connection.ttl::<_, i64>("user:1")?, 60);
        redis::cmd("SCRIPT").arg("FLUSH").exec(connection)?;
        let answer: i64 = limiter.key("user:2").arg(3).arg(60).invoke(connection)?;
        assert_eq!(answer, 1);
        Ok(())
    });
}

#[test]
fn typed_commands_and_values() {
    everywhere(|connection| {
        let () = connection.set("text", "value")?;
        assert_eq!(connection.get::<_, String>("text")?, "value");
        assert_eq!(connection.get::<_, Option<String>>("none")?, None);
        let bytes: Vec<u8> = (0..=255).collect();
        let () = connection.set("bytes", &bytes)?;
        assert_eq!(connection.get::<_, Vec<u8>>("bytes")?, bytes);
        let () = connection.hset_multiple("h", &[("a", 1), ("b", 2)])?;
        let fields: std::collections::BTreeMap<String, i64> = connection.hgetall("h")?;
        assert_eq!(
            fields.into_iter().collect::<Vec<_>>(),
            [("a".into(), 1), ("b".into(), 2)]
        );
        let () = connection.zadd("z", "m", 1.5)?;
        assert_eq!(connection.zscore::<_, _, f64>("z", "m")?, 1.5);
        let (first, second): (i64, Option<bool>) = redis::cmd("EVAL")
            .arg("return {7, false}")
            .arg(0)
            .query(connection)?;
        assert_eq!((first, second), (7, None));
        let seen: Vec<String> = redis::cmd("KEYS").arg("t*").query(connection)?;
        assert_eq!(seen, ["text"]);
        Ok(())
    });
}

#[test]
fn errors_keep_kind_code_and_text() {
    everywhere(|connection| {
        let error = |result: RedisResult<()>| -> RedisError { result.unwrap_err() };
        let fails = error(
            redis::cmd("EVALSHA")
                .arg("0".repeat(40))
                .arg(0)
                .query(connection),
        );
        assert_eq!(fails.kind(), ServerErrorKind::NoScript.into());
        let () = connection.set("text", "abc")?;
        let fails = error(connection.lpush("text", 1));
        assert_eq!(fails.code(), Some("WRONGTYPE"));
        let fails = error(connection.incr("text", 1));
        assert_eq!(
            fails.detail(),
            Some("value is not an integer or out of range")
        );
        let script = Script::new("return redis.error_reply('MY own failure')");
        let fails = error(script.invoke(connection));
        assert_eq!(
            (fails.code(), fails.detail()),
            (Some("MY"), Some("own failure"))
        );
        Ok(())
    });
}

#[test]
fn pipelines_and_transactions() {
    everywhere(|connection| {
        let (a, b): (i64, String) = redis::pipe()
            .set("n", 1)
            .ignore()
            .incr("n", 41)
            .get("n")
            .query(connection)?;
        assert_eq!((a, b.as_str()), (42, "42"));
        let (a, b): (i64, i64) = redis::pipe()
            .atomic()
            .incr("n", 1)
            .incr("n", 1)
            .query(connection)?;
        assert_eq!((a, b), (43, 44));
        let fails = redis::pipe()
            .set("text", "abc")
            .incr("text", 1)
            .query::<()>(connection);
        assert!(
            fails
                .unwrap_err()
                .to_string()
                .contains("value is not an integer")
        );
        let get: Option<String> = redis::cmd("GET").arg("text").query(connection)?;
        assert_eq!(get.as_deref(), Some("abc"));
        Ok(())
    });
}

#[test]
fn a_transaction_is_tried_again_when_a_watched_key_changes() {
    let client = redis_rs::Client::new(Redis::new());
    let (mut connection, mut other) = (client.connection(), client.connection());
    let mut rounds = 0;
    let (value,): (i64,) = redis::transaction(&mut connection, &["n"], |connection, pipe| {
        let value: i64 = connection.get::<_, Option<i64>>("n")?.unwrap_or(0);
        if rounds == 0 {
            let () = other.set("n", 10)?;
        }
        rounds += 1;
        pipe.incr("n", value + 1).query(connection)
    })
    .unwrap();
    assert_eq!((value, rounds), (21, 2));
}

#[test]
fn connections_share_data_and_nothing_else() {
    let client = redis_rs::Client::new(Redis::new());
    let (mut first, mut second) = (client.connection(), client.connection());
    redis::cmd("SELECT").arg(3).exec(&mut first).unwrap();
    assert_eq!((first.get_db(), second.get_db()), (3, 0));
    let () = second.set("k", "v").unwrap();
    assert!(!first.exists::<_, bool>("k").unwrap());
    redis::cmd("QUIT").exec(&mut first).unwrap();
    assert!(!first.is_open());
    assert!(second.is_open());
}

#[test]
fn protocol_3_has_its_own_values() {
    everywhere(|connection| {
        redis::cmd("HELLO").arg(3).exec(connection)?;
        let map: Value = redis::cmd("CONFIG")
            .arg("GET")
            .arg("maxmemory")
            .query(connection)?;
        assert!(matches!(map, Value::Map(_)), "{map:?}");
        redis::cmd("ZADD")
            .arg("z")
            .arg(1.5)
            .arg("m")
            .exec(connection)?;
        let score: Value = redis::cmd("ZSCORE").arg("z").arg("m").query(connection)?;
        assert_eq!(score, Value::Double(1.5));
        let pairs: Value = redis::cmd("ZRANGE")
            .arg("z")
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES")
            .query(connection)?;
        let pair = vec![Value::BulkString(b"m".to_vec()), Value::Double(1.5)];
        assert_eq!(pairs, Value::Array(vec![Value::Array(pair)]));
        Ok(())
    });
}

mod asynchronous {
    use super::LIMITER;
    use evalua_redis::{Redis, redis_rs};
    use redis::{AsyncCommands, RedisResult, Script, aio};

    /// What an application does with a connection.
    async fn limited(connection: &mut impl aio::ConnectionLike) -> RedisResult<Vec<i64>> {
        let limiter = Script::new(LIMITER);
        let mut replies = Vec::new();
        for _ in 0..3 {
            let mut limiter = limiter.key("user:1");
            replies.push(limiter.arg(2).arg(60).invoke_async(connection).await?);
        }
        Ok(replies)
    }

    #[test]
    fn an_application_runs_in_process() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut connection = redis_rs::Client::new(Redis::new()).connection();
            assert_eq!(limited(&mut connection).await.unwrap(), [1, 1, 0]);
            assert_eq!(connection.ttl::<_, i64>("user:1").await.unwrap(), 60);
            let mut pipe = redis::pipe();
            pipe.incr("n", 1).incr("n", 1);
            let values: (i64, i64) = pipe.query_async(&mut connection).await.unwrap();
            assert_eq!(values, (1, 2));
        });
    }

    #[test]
    fn a_connection_goes_where_a_task_goes() {
        fn is_sendable<T: Send + 'static>(_: &T) {}
        let client = redis_rs::Client::new(Redis::new());
        is_sendable(&client);
        is_sendable(&client.connection());
    }
}

#[test]
fn messages_come_through_the_server() {
    let door = Door::open();
    let client = Client::open(format!("redis://{}", door.address)).unwrap();
    let mut listener = client.get_connection().unwrap();
    let mut messages = listener.as_pubsub();
    messages.subscribe("news").unwrap();
    messages.psubscribe("n*").unwrap();
    let mut connection = connected(door.address);
    let script = Script::new("return redis.call('PUBLISH', 'news', ARGV[1])");
    assert_eq!(
        script.arg("hello").invoke::<i64>(&mut connection).unwrap(),
        2
    );
    for pattern in [None, Some("n*".to_owned())] {
        let message = messages.get_message().unwrap();
        assert_eq!(message.get_pattern::<Option<String>>().unwrap(), pattern);
        assert_eq!(message.get_payload::<String>().unwrap(), "hello");
    }
}
