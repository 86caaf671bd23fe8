//! [`CommandError`] and the one table of error texts.
//!
//! Texts are the server's, the code word first. Handlers name an error of this table and never
//! spell one themselves.

use std::borrow::Cow;
use std::fmt;

use crate::acl::Denied;
use crate::gate::Caller;

/// An error reply: its whole text, code word first, without the leading minus sign.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandError(Cow<'static, [u8]>);

impl CommandError {
    /// An error with a fixed text.
    pub const fn fixed(text: &'static str) -> CommandError {
        CommandError(Cow::Borrowed(text.as_bytes()))
    }

    /// An error with a text made for the occasion. Line breaks become spaces, since the protocol
    /// has no place for them.
    pub fn new(text: impl Into<Vec<u8>>) -> CommandError {
        let mut text = text.into();
        for byte in &mut text {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        CommandError(Cow::Owned(text))
    }

    /// The whole text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The code word: what stands before the first space.
    pub fn code(&self) -> &[u8] {
        self.0
            .split(|&byte| byte == b' ')
            .next()
            .unwrap_or_default()
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl std::error::Error for CommandError {}

/// Declares fixed errors: name and text.
macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* #[doc = concat!("`", $text, "`")]
        pub const $name: CommandError = CommandError::fixed($text);)*
    };
}

errors! {
    PROTECTED_MODE_7_0 =
        "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.";
    PROTECTED_MODE =
        "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.";
    MODULES_NOT_ALLOWED = "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.";
    SCRIPT_STOPPED = "ERR The script is to stop here.";
    OWN_MILLISECONDS = "ERR milliseconds must be a number from 0 on";
    OWN_COUNT = "ERR count must be a number from 1 on";
    OWN_EMPTY_ERROR = "ERR the error of a failure must not be empty";
    NO_SHARDS_IN_A_TRANSACTION = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client";
    NO_AUTHENTICATION = "NOAUTH Authentication required.";
    HELLO_BEFORE_AUTHENTICATION =
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";
    HELLO_BEFORE_AUTHENTICATION_7_0 =
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";
    ACL_NO_FILE =
        "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.";
    ACL_DEFAULT_STAYS = "ERR The 'default' user cannot be removed";
    ACL_USER_NAME = "ERR Usernames can't contain spaces or null characters";
    ACL_GENPASS_BITS =
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096";
    SORT_BY_DENIED = "ERR BY option of SORT denied due to insufficient ACL permissions.";
    SORT_GET_DENIED = "ERR GET option of SORT denied due to insufficient ACL permissions.";
    NO_MONITOR_IN_A_TRANSACTION = "ERR MONITOR isn't allowed for DENY BLOCKING client";
    SLOWLOG_COUNT = "ERR count should be greater than or equal to -1";
    NO_SUCH_CLIENT = "ERR No such client";
    INVALID_CLIENT_ID = "ERR Invalid client ID";
    CLIENT_ID_NOT_POSITIVE = "ERR client-id should be greater than 0";
    PAUSE_MODE = "ERR CLIENT PAUSE mode must be WRITE or ALL";
    TRACKING_TWO_REDIRECTIONS = "ERR A client can only redirect to a single other client";
    TRACKING_NO_SUCH_CLIENT = "ERR The client ID you want redirect to does not exist";
    TRACKING_PREFIX_ALONE = "ERR PREFIX option requires BCAST mode to be enabled";
    TRACKING_SWITCHED_BCAST =
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.";
    TRACKING_OPTIONS_WITH_BCAST = "ERR OPTIN and OPTOUT are not compatible with BCAST";
    TRACKING_BOTH_OPTIONS = "ERR You can't specify both OPTIN mode and OPTOUT mode";
    TRACKING_SWITCHED_OPTION =
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.";
    CACHING_WITHOUT_TRACKING =
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";
    CACHING_NEEDS_OPTIN =
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
    CACHING_NEEDS_OPTOUT =
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
    WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
    SYNTAX = "ERR syntax error";
    NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    NOT_A_FLOAT = "ERR value is not a valid float";
    NOT_POSITIVE = "ERR value is out of range, must be positive";
    OUT_OF_RANGE = "ERR value is out of range";
    NOT_SYMMETRIC =
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
    NO_SUCH_KEY = "ERR no such key";
    INDEX_OUT_OF_RANGE = "ERR index out of range";
    OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
    INCREMENT_OVERFLOW = "ERR increment or decrement would overflow";
    DECREMENT_OVERFLOW = "ERR decrement would overflow";
    NAN_OR_INFINITY = "ERR increment would produce NaN or Infinity";
    IS_NAN_OR_INFINITY = "ERR value is NaN or Infinity";
    HASH_NOT_AN_INTEGER = "ERR hash value is not an integer";
    HASH_NOT_A_FLOAT = "ERR hash value is not a float";
    SCORE_IS_NAN = "ERR resulting score is not a number (NaN)";
    BOUND_NOT_A_FLOAT = "ERR min or max is not a float";
    BOUND_NOT_A_STRING = "ERR min or max not valid string range item";
    WEIGHT_NOT_A_FLOAT = "ERR weight value is not a float";
    ADD_NX_AND_XX = "ERR XX and NX options at the same time are not compatible";
    ADD_GT_LT_AND_NX = "ERR GT, LT, and/or NX options at the same time are not compatible";
    ADD_INCR_PAIRS = "ERR INCR option supports a single increment-element pair";
    LIMIT_WITHOUT_BY = "ERR syntax error, LIMIT is only supported in combination with either \
        BYSCORE or BYLEX";
    WITHSCORES_AND_BYLEX =
        "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
    NUMKEYS_NOT_POSITIVE = "ERR numkeys should be greater than 0";
    TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args";
    COUNT_NOT_POSITIVE = "ERR count should be greater than 0";
    LIMIT_IS_NEGATIVE = "ERR LIMIT can't be negative";
    TIMEOUT_NOT_A_FLOAT = "ERR timeout is not a float or out of range";
    TIMEOUT_OUT_OF_RANGE = "ERR timeout is out of range";
    TIMEOUT_IS_NEGATIVE = "ERR timeout is negative";
    OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
    NO_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
    CLUSTER_DISABLED = "ERR This instance has cluster support disabled";
    SCRIPT_OUT_OF_MEMORY = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'";
    LFU = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
    UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
    STREAM_GONE = "UNBLOCKED the stream key no longer exists";
    GROUP_GONE = "NOGROUP the consumer group this client was blocked on no longer exists";
    UNBLOCK_REASON = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR";
    LPOS_RANK_ZERO = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the \
        second ... or use negative to start from the end of the list";
    LPOS_COUNT_NEGATIVE = "ERR COUNT can't be negative";
    LPOS_MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";
    BIT_OFFSET = "ERR bit offset is not an integer or out of range";
    BIT_VALUE = "ERR bit is not an integer or out of range";
    BITPOS_BIT = "ERR The bit argument must be 1 or 0.";
    BITOP_NOT_SOURCES = "ERR BITOP NOT must be called with a single source key.";
    BITFIELD_TYPE = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not \
        supported but i64 is.";
    BITFIELD_OVERFLOW = "ERR Invalid OVERFLOW type specified";
    BITFIELD_READ_ONLY = "ERR BITFIELD_RO only supports the GET subcommand";
    SORT_NOT_DOUBLES = "ERR One or more scores can't be converted into double";
    STREAM_ID = "ERR Invalid stream ID specified as stream command argument";
    STREAM_ID_ZERO = "ERR The ID specified in XADD must be greater than 0-0";
    STREAM_ID_TOO_SMALL =
        "ERR The ID specified in XADD is equal or smaller than the target stream top item";
    STREAM_EXHAUSTED =
        "ERR The stream has exhausted the last possible ID, unable to add more items";
    STREAM_TOO_LARGE = "ERR Elements are too large to be stored";
    STREAM_START = "ERR invalid start ID for the interval";
    STREAM_END = "ERR invalid end ID for the interval";
    TRIM_TWICE =
        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
    TRIM_MAXLEN_NEGATIVE = "ERR The MAXLEN argument must be >= 0.";
    TRIM_LIMIT_NEGATIVE = "ERR The LIMIT argument must be >= 0.";
    TRIM_LIMIT_ALONE =
        "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
    TRIM_LIMIT_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option";
    TRIM_NOTHING = "ERR syntax error, XTRIM must be called with a trimming strategy";
    XREAD_GROUP =
        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
    XREAD_NOACK =
        "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
    XREAD_NEW =
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> \
        <consumer> option.";
    XREADGROUP_NO_GROUP = "ERR Missing GROUP option for XREADGROUP";
    XREADGROUP_LAST =
        "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of \
        this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID \
        would just return an empty result set.";
    XGROUP_NO_KEY =
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to \
        use the MKSTREAM option to create an empty stream automatically.";
    XGROUP_EXISTS = "BUSYGROUP Consumer Group name already exists";
    XGROUP_ENTRIES_READ = "ERR value for ENTRIESREAD must be positive or -1";
    XSETID_ENTRIES_ADDED = "ERR entries_added must be positive";
    XSETID_BELOW_GIVEN =
        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
    XSETID_BELOW_DELETED =
        "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
    XSETID_BELOW_TOP =
        "ERR The ID specified in XSETID is smaller than the target stream top item";
    XSETID_BELOW_LENGTH = "ERR The entries_added specified in XSETID is smaller than the target \
        stream length";
    XCLAIM_MIN_IDLE = "ERR Invalid min-idle-time argument for XCLAIM";
    XCLAIM_IDLE = "ERR Invalid IDLE option argument for XCLAIM";
    XCLAIM_TIME = "ERR Invalid TIME option argument for XCLAIM";
    XCLAIM_RETRYCOUNT = "ERR Invalid RETRYCOUNT option argument for XCLAIM";
    XAUTOCLAIM_MIN_IDLE = "ERR Invalid min-idle-time argument for XAUTOCLAIM";
    XAUTOCLAIM_COUNT = "ERR COUNT must be > 0";
    XAUTOCLAIM_OUT_OF_MEMORY = "ERR Insufficient memory, failed allocating transient memory, COUNT \
        too high.";
    TIMEOUT_NOT_AN_INTEGER = "ERR timeout is not an integer or out of range";
    NOT_A_HLL = "WRONGTYPE Key is not a valid HyperLogLog string value.";
    HLL_CORRUPTED = "INVALIDOBJ Corrupted HLL object detected";
    PFDEBUG_NO_KEY = "ERR The specified key does not exist";
    PFDEBUG_NOT_SPARSE = "ERR HLL encoding is not sparse";
    GEO_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI";
    GEO_RADIUS = "ERR need numeric radius";
    GEO_RADIUS_NEGATIVE = "ERR radius cannot be negative";
    GEO_WIDTH = "ERR need numeric width";
    GEO_HEIGHT = "ERR need numeric height";
    GEO_BOX_NEGATIVE = "ERR height or width cannot be negative";
    GEO_MEMBER = "ERR could not decode requested zset member";
    GEO_COUNT = "ERR COUNT must be > 0";
    GEO_ANY = "ERR the ANY argument requires COUNT argument";
    GEOSEARCHSTORE_WITH =
        "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options";
    GEORADIUS_STORE_WITH = "ERR STORE option in GEORADIUS is not compatible with WITHDIST, \
        WITHHASH and WITHCOORD options";
    BUSY_KEY = "BUSYKEY Target key name already exists.";
    RESTORE_TTL = "ERR Invalid TTL value, must be >= 0";
    RESTORE_IDLETIME = "ERR Invalid IDLETIME value, must be >= 0";
    RESTORE_FREQ = "ERR Invalid FREQ value, must be >= 0 and <= 255";
    RESTORE_FRAME = "ERR DUMP payload version or checksum are wrong";
    RESTORE_VALUE = "ERR Bad data format";
    MULTI_NESTED = "ERR MULTI calls can not be nested";
    EXEC_WITHOUT_MULTI = "ERR EXEC without MULTI";
    DISCARD_WITHOUT_MULTI = "ERR DISCARD without MULTI";
    NOT_IN_A_TRANSACTION = "ERR Command not allowed inside a transaction";
    WATCH_INSIDE_MULTI = "ERR WATCH inside MULTI is not allowed";
    EXEC_ABORTED = "EXECABORT Transaction discarded because of previous errors.";
    CONFIG_NO_FILE = "ERR The server is running without a config file";
    DEBUG_MEMORY_VALUE = "ERR argument must be a memory value bigger than 1 and smaller than 4gb";
    DEBUG_RELOAD_OPTION = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
    DEBUG_RELOAD_FAILED = "ERR Error trying to load the RDB dump, check server logs.";
    DEBUG_PROTOCOL = "ERR Wrong protocol type name. Please use one of the following: \
        string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";
    GETKEYS_COMMAND = "ERR Invalid command specified";
    GETKEYS_NO_KEYS = "ERR The command has no key arguments";
    GETKEYS_ARITY = "ERR Invalid number of arguments specified for command";
    GETKEYS_ARGUMENTS = "ERR Invalid arguments specified for command";
    WAITAOF_NO_FILE =
        "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
    STRING_TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    SAME_OBJECT = "ERR source and destination objects are the same";
    INVALID_CURSOR = "ERR invalid cursor";
    INVALID_FIRST_DB = "ERR invalid first DB index";
    INVALID_SECOND_DB = "ERR invalid second DB index";
    EXPIRE_NX_AND_OTHERS =
        "ERR NX and XX, GT or LT options at the same time are not compatible";
    EXPIRE_GT_AND_LT = "ERR GT and LT options at the same time are not compatible";
    NOT_LFU = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.";
    DB_INDEX_OUT_OF_RANGE = "ERR DB index is out of range";
    NOT_A_C_INT = "ERR value is out of range, value must between -2147483648 and 2147483647";
    AUTH_WITHOUT_PASSWORD = "ERR AUTH <password> called without any password configured for the \
        default user. Are you sure your configuration is correct?";
    WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled.";
    UNSUPPORTED_PROTOCOL = "NOPROTO unsupported protocol version";
    PROTOCOL_NOT_AN_INTEGER = "ERR Protocol version is not an integer or out of range";
    LCS_NOT_STRINGS = "ERR The specified keys must contain string values";
    LCS_LEN_AND_IDX = "ERR If you want both the length and indexes, please just use IDX.";
    LCS_TOO_LONG = "ERR String too long for LCS";
    LCS_OUT_OF_MEMORY =
        "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
    SCRIPT_UNKNOWN_COMMAND = "ERR Unknown Redis command called from script";
    SCRIPT_UNKNOWN_COMMAND_VALKEY = "ERR Unknown command called from script";
    SCRIPT_WRONG_ARITY = "ERR Wrong number of args calling Redis command from script";
    SCRIPT_WRONG_ARITY_VALKEY = "ERR Wrong number of args calling command from script";
    SCRIPT_NOT_ALLOWED = "ERR This Redis command is not allowed from script";
    SCRIPT_READ_ONLY = "ERR Write commands are not allowed from read-only scripts.";
    SCRIPT_NO_ARGUMENTS = "ERR Please specify at least one argument for this redis lib call";
    SCRIPT_NO_ARGUMENTS_VALKEY = "ERR Please specify at least one argument for this call";
    SCRIPT_BAD_ARGUMENTS = "ERR Lua redis lib command arguments must be strings or integers";
    SCRIPT_BAD_ARGUMENTS_VALKEY = "ERR Command arguments must be strings or integers";
    NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
    NEGATIVE_KEYS = "ERR Number of keys can't be negative";
    WRITING_SCRIPT = "ERR Can not execute a script with write flag using *_ro command.";
    SCRIPT_FLUSH_OPTION = "ERR SCRIPT FLUSH only support SYNC|ASYNC option";
    SCRIPT_DEBUG_OPTION = "ERR Use SCRIPT DEBUG YES/SYNC/NO";
    FUNCTION_NOT_FOUND = "ERR Function not found";
    FUNCTION_BAD_KEYS = "ERR Bad number of keys provided";
    LIBRARY_NOT_FOUND = "ERR Library not found";
    LIBRARY_NO_METADATA = "ERR Missing library metadata";
    LIBRARY_BAD_METADATA = "ERR Invalid library metadata";
    LIBRARY_NO_NAME = "ERR Library name was not given";
    LIBRARY_NAMED_TWICE = "ERR Invalid metadata value, name argument was given multiple times";
    LIBRARY_BAD_NAME = "ERR Library names can only contain letters, numbers, or underscores(_) and \
        must be at least one character long";
    LIBRARY_BAD_PAYLOAD = "ERR Failed loading library payload";
    LIBRARY_BAD_OLD_NAME = "ERR Failed loading library name";
    LIBRARY_BAD_OLD_ENGINE = "ERR Failed loading engine name";
    LIBRARY_BAD_OLD_INDICATOR = "ERR Failed loading library description indicator";
    LIBRARY_BAD_OLD_DESCRIPTION = "ERR Failed loading library description";
    LIBRARY_BAD_OLD_CODE = "ERR Failed loading library blob";
    LIBRARY_OLD_FORMAT = "ERR Pre-GA function format not supported";
    LIBRARY_OTHER_TYPE = "ERR given type is not a function";
    RESTORE_POLICY =
        "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.";
    LIBRARY_LIST_NAME = "ERR library name argument was not given";
    NO_FUNCTIONS = "ERR No functions registered";
    LOAD_TIMEOUT = "ERR FUNCTION LOAD timeout";
    FUNCTION_TWICE = "ERR Function already exists in the library";
    FUNCTION_FLUSH_OPTION = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option";
    REGISTER_OUTSIDE =
        "ERR redis.register_function can only be called on FUNCTION LOAD command";
    REGISTER_ARITY = "ERR wrong number of arguments to redis.register_function";
    REGISTER_FIRST = "ERR first argument to redis.register_function must be a string";
    REGISTER_SECOND = "ERR second argument to redis.register_function must be a function";
    REGISTER_NOT_A_TABLE = "ERR calling redis.register_function with a single argument is only \
        applicable to Lua table (representing named arguments).";
    REGISTER_KEY = "ERR named argument key given to redis.register_function is not a string";
    REGISTER_NAME_TYPE =
        "ERR function_name argument given to redis.register_function must be a string";
    REGISTER_DESCRIPTION_TYPE =
        "ERR description argument given to redis.register_function must be a string";
    REGISTER_CALLBACK_TYPE =
        "ERR callback argument given to redis.register_function must be a function";
    REGISTER_FLAGS_TYPE = "ERR flags argument to redis.register_function must be a table \
        representing function flags";
    REGISTER_FLAG = "ERR unknown flag given";
    REGISTER_UNKNOWN = "ERR unknown argument given to redis.register_function";
    REGISTER_NO_NAME = "ERR redis.register_function must get a function name argument";
    REGISTER_NO_CALLBACK = "ERR redis.register_function must get a callback argument";
    BUSY_SCRIPT = "BUSY Redis is busy running a script. \
        You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    BUSY_FUNCTION = "BUSY Redis is busy running a script. \
        You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
    UNKILLABLE = "UNKILLABLE Sorry the script already executed write commands against the dataset. \
        You can either wait the script termination or kill the server in a hard way \
        using the SHUTDOWN NOSAVE command.";
    SCRIPT_KILLED = "ERR Script killed by user with SCRIPT KILL...";
    NO_SHUTDOWN = "ERR No shutdown in progress.";
    NOT_BUSY = "NOTBUSY No scripts in execution right now.";
    SHEBANG_INVALID = "ERR Invalid script shebang";
    SHEBANG_NO_ENGINE = "ERR Invalid engine in script shebang";
    SCRIPT_NO_MEMORY = "ERR not enough memory";
    SCRIPT_UNKNOWN_ERROR = "ERR unknown error";
    LUA_STACK_LIMIT = "ERR reached lua stack limit";
    API_WRONG_ARGUMENTS = "ERR wrong number or type of arguments";
    API_WRONG_NUMBER = "ERR wrong number of arguments";
    API_LOG_ARITY = "ERR redis.log() requires two arguments or more.";
    API_LOG_NUMBER = "ERR First argument must be a number (log level).";
    API_LOG_LEVEL = "ERR Invalid debug level.";
    API_LOG_LEVEL_VALKEY = "ERR Invalid log level.";
    API_SETRESP_ARITY = "ERR redis.setresp() requires one argument.";
    API_SETRESP_VERSION = "ERR RESP version must be 2 or 3.";
    API_SET_REPL_ARITY = "ERR redis.set_repl() requires one argument.";
    API_SET_REPL_ARITY_7_0 = "ERR redis.set_repl() requires two arguments.";
    API_SET_REPL_FLAGS =
        "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.";
    API_ACL_CHECK_COMMAND = "ERR Invalid command passed to redis.acl_check_cmd()";
    API_OUTSIDE_SCRIPT = "ERR redis.call/pcall can only be called inside a script invocation";
}

/// An option that HELLO does not have, or that lacks its value.
pub fn hello_option(option: &[u8]) -> CommandError {
    quoting("ERR Syntax error in HELLO option '", option, "'")
}

/// An attribute that CLIENT SETINFO does not have.
pub fn unrecognized_option(option: &[u8]) -> CommandError {
    quoting("ERR Unrecognized option '", option, "'")
}

/// A text that could not stand in a line of CLIENT LIST; `what` it was to be.
pub fn special_characters(what: &[u8]) -> CommandError {
    quoting(
        "ERR ",
        what,
        " cannot contain spaces, newlines or special characters.",
    )
}

fn quoting(before: &str, input: &[u8], after: &str) -> CommandError {
    CommandError::new([before.as_bytes(), input, after.as_bytes()].concat())
}

/// A script that does not compile.
pub fn compiling(message: &[u8]) -> CommandError {
    quoting("ERR Error compiling script (new function): ", message, "")
}

/// A library that does not compile.
pub fn compiling_function(message: &[u8]) -> CommandError {
    quoting("ERR Error compiling function: ", message, "")
}

/// A library whose code failed while it was loaded.
pub fn registering(message: &[u8]) -> CommandError {
    quoting("ERR Error registering functions: ", message, "")
}

/// A library of that name is there already.
pub fn library_exists(name: &[u8]) -> CommandError {
    quoting("ERR Library '", name, "' already exists")
}

/// A library that is to be restored is there already.
pub fn library_restored(name: &[u8]) -> CommandError {
    quoting("ERR Library ", name, " already exists")
}

/// A function of that name is in another library.
pub fn function_exists(name: &[u8]) -> CommandError {
    quoting("ERR Function ", name, " already exists")
}

/// A word in the first line of a library that there is no meaning for.
pub fn library_metadata(word: &[u8]) -> CommandError {
    quoting("ERR Invalid metadata value given: ", word, "")
}

/// A library for an engine that there is not.
pub fn engine_not_found(engine: &[u8]) -> CommandError {
    quoting("ERR Engine '", engine, "' not found")
}

/// An option of FUNCTION LOAD that there is not.
pub fn function_option(option: &[u8]) -> CommandError {
    quoting("ERR Unknown option given: ", option, "")
}

/// An argument of FUNCTION LIST that there is not, or that is given twice.
pub fn function_argument(argument: &[u8]) -> CommandError {
    quoting("ERR Unknown argument ", argument, "")
}

/// An error that left a script, with the place where it happened.
pub fn in_script(message: &[u8], sha: &[u8], source: &[u8], line: &[u8]) -> CommandError {
    CommandError::new(
        [
            message,
            b" script: ",
            sha,
            b", on ",
            source,
            b":",
            line,
            b".",
        ]
        .concat(),
    )
}

/// A script that was stopped from outside, and where; `what` has happened to it.
pub fn script_stopped(sha: &[u8], source: &[u8], line: u32, what: &str) -> CommandError {
    let line = line.to_string();
    let name = source.get(1..).unwrap_or_default();
    let message = [
        b"ERR ",
        name,
        b":",
        line.as_bytes(),
        b": script ",
        what.as_bytes(),
    ]
    .concat();
    in_script(&message, sha, source, line.as_bytes())
}

/// A script whose error could not be told, because telling it failed.
pub fn script_broken(sha: &[u8], message: &[u8]) -> CommandError {
    CommandError::new([b"ERR Error running script ", sha, b", ", message].concat())
}

/// A shebang line of another engine.
pub fn shebang_engine(word: &[u8]) -> CommandError {
    quoting("ERR Unexpected engine in script shebang: ", word, "")
}

/// A flag in a shebang line that there is not.
pub fn shebang_flag(name: &[u8]) -> CommandError {
    quoting("ERR Unexpected flag in script shebang: ", name, "")
}

/// An option in a shebang line that there is not.
pub fn shebang_option(word: &[u8]) -> CommandError {
    quoting("ERR Unknown lua shebang option: ", word, "")
}

/// How much of a client's input an error repeats.
const QUOTED: usize = 128;

/// No command of that name; the error repeats some of what was sent.
pub fn unknown_command(args: &[&[u8]]) -> CommandError {
    let mut text = b"ERR unknown command '".to_vec();
    let (name, rest) = args
        .split_first()
        .map_or((&b""[..], args), |(n, r)| (*n, r));
    text.extend_from_slice(prefix(name, QUOTED));
    text.extend_from_slice(b"', with args beginning with: ");
    let mut quoted = Vec::new();
    for arg in rest {
        if quoted.len() >= QUOTED {
            break;
        }
        quoted.push(b'\'');
        let room = QUOTED - quoted.len();
        quoted.extend_from_slice(prefix(arg, room));
        quoted.extend_from_slice(b"' ");
    }
    text.append(&mut quoted);
    CommandError::new(text)
}

/// A command that has subcommands, but not this one.
pub fn unknown_subcommand(container: &str, name: &[u8]) -> CommandError {
    let mut text = b"ERR unknown subcommand '".to_vec();
    text.extend_from_slice(prefix(name, QUOTED));
    text.extend_from_slice(format!("'. Try {} HELP.", container.to_ascii_uppercase()).as_bytes());
    CommandError::new(text)
}

/// Too few or too many arguments; `name` is the full name, `object|encoding`.
pub fn wrong_arity(name: &str) -> CommandError {
    CommandError::new(format!(
        "ERR wrong number of arguments for '{name}' command"
    ))
}

/// No input key at all.
pub fn no_input_key(name: &str) -> CommandError {
    CommandError::new(format!(
        "ERR at least 1 input key is needed for '{name}' command"
    ))
}

/// What the server prints of a text: it takes it for a C string, which ends at a zero byte.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// No stream, or no group of that name in it; `place` is what is said of where.
pub fn no_group(key: &[u8], group: &[u8], place: &str) -> CommandError {
    let (key, group) = (c_string(key), c_string(group));
    let parts: [&[u8]; 6] = [
        b"NOGROUP No such key '",
        key,
        b"' or consumer group '",
        group,
        b"'",
        place.as_bytes(),
    ];
    CommandError::new(parts.concat())
}

/// No group of that name in a stream that there is.
pub fn no_such_group(key: &[u8], group: &[u8]) -> CommandError {
    let (key, group) = (c_string(key), c_string(group));
    let parts: [&[u8]; 5] = [
        b"NOGROUP No such consumer group '",
        group,
        b"' for key name '",
        key,
        b"'",
    ];
    CommandError::new(parts.concat())
}

/// Not for every stream an ID, or what stands for one: `symbol`. Some servers name the command.
pub fn unbalanced_streams(name: Option<&str>, symbol: char) -> CommandError {
    let name = name.map_or("XREAD".to_owned(), |name| format!("'{name}'"));
    CommandError::new(format!(
        "ERR Unbalanced {name} list of streams: for each stream key an ID or '{symbol}' must be \
         specified."
    ))
}

/// An option that XCLAIM does not have.
pub fn xclaim_option(word: &[u8]) -> CommandError {
    quoting("ERR Unrecognized XCLAIM option '", c_string(word), "'")
}

/// A command that scripts may not call with BLOCK; `name` as they called it.
pub fn block_in_script(name: &[u8]) -> CommandError {
    quoting(
        "ERR ",
        c_string(name),
        " command is not allowed with BLOCK option from scripts",
    )
}

/// A subcommand with arguments that it does not have; both as they were written.
pub fn subcommand_syntax(container: &[u8], name: &[u8]) -> CommandError {
    let container = c_string(container).to_ascii_uppercase();
    let parts: [&[u8]; 5] = [
        b"ERR unknown subcommand or wrong number of arguments for '",
        prefix(name, QUOTED),
        b"'. Try ",
        &container,
        b" HELP.",
    ];
    CommandError::new(parts.concat())
}

/// A subcommand that PFDEBUG does not have.
pub fn pfdebug_subcommand(name: &[u8]) -> CommandError {
    quoting("ERR Unknown PFDEBUG subcommand '", c_string(name), "'")
}

/// Too many arguments of a subcommand of PFDEBUG.
pub fn pfdebug_arity(name: &[u8]) -> CommandError {
    let name = c_string(name);
    quoting(
        "ERR Wrong number of arguments for the '",
        name,
        "' subcommand",
    )
}

/// What PFSELFTEST has found.
pub fn hll_self_test(fault: &str) -> CommandError {
    CommandError::new(format!("ERR TESTFAILED {fault}"))
}

/// A place that is off the map.
pub fn invalid_place(longitude: f64, latitude: f64) -> CommandError {
    CommandError::new(format!(
        "ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}"
    ))
}

/// An area without its middle; `name` is the command as it was written.
pub fn geo_from(name: &[u8]) -> CommandError {
    let before = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ";
    quoting(before, c_string(name), "")
}

/// An area without its shape; `name` is the command as it was written.
pub fn geo_by(name: &[u8]) -> CommandError {
    let before = "ERR exactly one of BYRADIUS and BYBOX can be specified for ";
    quoting(before, c_string(name), "")
}

/// A command that would answer in between messages.
pub fn only_for_listeners(name: &str) -> CommandError {
    CommandError::new(format!(
        "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
         are allowed in this context"
    ))
}

/// What a user may not do; newer servers name the user.
pub(crate) fn no_permission(
    names_user: bool,
    caller: Caller,
    user: &[u8],
    command: &str,
    denied: Denied,
) -> CommandError {
    let who = match names_user {
        true => format!("User {}", String::from_utf8_lossy(user)),
        false => "this user".to_owned(),
    };
    let running = format!("{who} has no permissions to run the '{command}' command");
    let text = match (caller, names_user) {
        (Caller::Transaction, _) => {
            let reason = match denied {
                Denied::Command => "to execute the command or subcommand",
                Denied::Key(_) => "to touch the specified keys",
                Denied::Channel(_) => "to access one of the channels used as arguments",
            };
            format!(
                "ACLs rules changed between the moment the transaction was accumulated and the EXEC call. \
                 This command is no longer allowed for the following reason: no permission {reason}"
            )
        }
        (Caller::Script { .. }, false) => {
            let reason = match denied {
                Denied::Command => "run this command or subcommand",
                Denied::Key(_) => {
                    "access at least one of the keys mentioned in the command arguments"
                }
                Denied::Channel(_) => "publish to the channel mentioned in the command",
            };
            return CommandError::new(format!("ERR The user executing the script can't {reason}"));
        }
        (_, true) => {
            let reason = match denied {
                Denied::Command => running,
                Denied::Key(_) => "No permissions to access a key".to_owned(),
                Denied::Channel(_) => "No permissions to access a channel".to_owned(),
            };
            match caller {
                Caller::Script { .. } => format!("ACL failure in script: {reason}"),
                _ => reason,
            }
        }
        (_, false) => match denied {
            Denied::Command => running,
            Denied::Key(_) => {
                format!("{who} has no permissions to access one of the keys used as arguments")
            }
            Denied::Channel(_) => {
                format!("{who} has no permissions to access one of the channels used as arguments")
            }
        },
    };
    CommandError::new(format!("NOPERM {text}"))
}

/// What a user would be refused, as ACL DRYRUN tells it: `object` is a name of a command, key or channel.
pub(crate) fn would_deny(names_user: bool, user: &[u8], denied: Denied, object: &[u8]) -> Vec<u8> {
    let (what, kind) = match denied {
        Denied::Command => ("run", "command"),
        Denied::Key(_) => ("access", "key"),
        Denied::Channel(_) => ("access", "channel"),
    };
    let what = format!(" has no permissions to {what} the '");
    let end = format!("' {kind}");
    let who = if names_user {
        [b"User ", user].concat()
    } else {
        b"This user".to_vec()
    };
    [&who, what.as_bytes(), object, end.as_bytes()].concat()
}

/// A category of commands that there is not.
pub fn unknown_category(name: &[u8]) -> CommandError {
    quoting("ERR Unknown category '", prefix(name, QUOTED), "'")
}

/// A user, or a command, that ACL DRYRUN does not know.
pub fn acl_not_found(kind: &str, name: &[u8]) -> CommandError {
    quoting(&format!("ERR {kind} '"), c_string(name), "' not found")
}

/// A rule that SETUSER does not take.
pub fn acl_rule(rule: &[u8], reason: &str) -> CommandError {
    let before = "ERR Error in ACL SETUSER modifier '";
    quoting(before, c_string(rule), &format!("': {reason}"))
}

/// Rules that have no closing bracket.
pub fn acl_unmatched(start: &[u8]) -> CommandError {
    let before = "ERR Unmatched parenthesis in acl selector starting at '";
    quoting(before, c_string(start), "'.")
}

/// An event of which nothing is known.
pub fn no_samples(event: &[u8]) -> CommandError {
    quoting("ERR No samples available for event '", c_string(event), "'")
}

/// A kind of client that there is not.
pub fn unknown_client_type(name: &[u8]) -> CommandError {
    quoting("ERR Unknown client type '", c_string(name), "'")
}

/// A user that there is not.
pub fn no_such_user(name: &[u8]) -> CommandError {
    quoting("ERR No such user '", c_string(name), "'")
}

/// Prefixes of one client of which one begins with the other; `which` says whose the other is.
pub fn prefix_overlaps(prefix: &[u8], which: &str, other: &[u8]) -> CommandError {
    let parts: [&[u8]; 7] = [
        b"ERR Prefix '",
        c_string(prefix),
        b"' overlaps with ",
        which.as_bytes(),
        b" prefix '",
        c_string(other),
        b"'. Prefixes for a single client must not overlap.",
    ];
    CommandError::new(parts.concat())
}

/// An EXEC that was refused itself.
pub fn exec_aborted(error: &CommandError) -> CommandError {
    let reason = error.as_bytes();
    let reason = reason.strip_prefix(b"ERR ").unwrap_or(reason);
    quoting("EXECABORT Transaction discarded because of: ", reason, "")
}

/// A setting that CONFIG does not have.
pub fn config_unknown(name: &[u8]) -> CommandError {
    let before = "ERR Unknown option or number of arguments for CONFIG SET - '";
    quoting(before, c_string(name), "'")
}

/// A setting that cannot have that value.
pub fn config_refused(name: &[u8], reason: &str) -> CommandError {
    let before = "ERR CONFIG SET failed (possibly related to argument '";
    quoting(before, c_string(name), &format!("') - {reason}"))
}

/// A time to live that is not positive or overflows.
pub fn invalid_expire(name: &str) -> CommandError {
    CommandError::new(format!("ERR invalid expire time in '{name}' command"))
}

/// An option that EXPIRE and its like do not have.
pub fn unsupported_option(word: &[u8]) -> CommandError {
    quoting("ERR Unsupported option ", c_string(word), "")
}

/// What the server prints of a text of which it shows no more than so many bytes.
fn prefix(text: &[u8], len: usize) -> &[u8] {
    let text = c_string(text);
    &text[..text.len().min(len)]
}
