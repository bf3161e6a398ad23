/* The boundary between godwitd and its modules, in C: what crosses is in this file and nothing else.
 *
 * Rules (docs/modules/abi.md):
 *  - A module exports one symbol, godwit_module(), which returns a constant descriptor. Its first fields are
 * size, ABI major and ABI minor; the server reads them before anything else.
 *  - Structs carry their size first and only grow at the end; so does the host table. A slot never changes
 * its meaning.
 *  - Handles are opaque. "borrow" in a name: the result belongs to the host and stays valid as its comment
 * says. "retain" and "defer" hand out a handle that has to be given back. "take": the host becomes the owner
 * of the argument.
 *  - Text is pointer plus length, not terminated, UTF-8 unless said otherwise.
 *  - No exception, and no type of any library, crosses. A callback reports failure by its status.
 *  - Threads: unless a slot says "any thread", it is used on the loop that handed out the handle. Callbacks
 * arrive on the loop from which they were asked for; on the first loop when asked for outside of any.
 *
 * Every slot below exists since ABI 1.0.
 */
#ifndef GODWIT_ABI_H
#define GODWIT_ABI_H

#include <stdint.h>

#define GODWIT_ABI_MAJOR 1u
#define GODWIT_ABI_MINOR 0u

#ifdef __cplusplus
extern "C" {
#endif

/* == plain types == */

typedef struct godwit_str {
  const char* data;
  uint64_t size;
} godwit_str;

typedef int32_t godwit_status;
enum {
  GODWIT_OK = 0,
  GODWIT_FAILED = 1, /* the error text was given with instance_fail or call_fail, or is in the log */
  GODWIT_GONE = 2,   /* the session or message behind the handle is over */
  GODWIT_NOT_FOUND = 3,
  GODWIT_WRONG_TYPE = 4,
  GODWIT_WRONG_PHASE = 5, /* not in this phase of the life cycle */
  GODWIT_NOT_LOADED = 6,  /* the message's data is not in memory; see GODWIT_NEEDS_DATA */
  GODWIT_INVALID = 7      /* an argument is out of its bounds */
};

enum { GODWIT_LOG_TRACE = 0, GODWIT_LOG_DEBUG, GODWIT_LOG_INFO, GODWIT_LOG_WARN, GODWIT_LOG_ERROR };

typedef struct godwit_instance godwit_instance; /* one loaded module: owns all it obtained through the host */
typedef struct godwit_value godwit_value;       /* null, boolean, integer, number, text, array, object */
typedef struct godwit_message godwit_message;
typedef struct godwit_connection godwit_connection; /* an inbound SMTP connection */
typedef struct godwit_call godwit_call;             /* one call of a hook handler or of a Lua function */
typedef struct godwit_record godwit_record;         /* one log record */
typedef struct godwit_timer godwit_timer;
typedef struct godwit_counter godwit_counter;
typedef struct godwit_gauge godwit_gauge;
typedef struct godwit_histogram godwit_histogram;

/* == values == */

enum {
  GODWIT_NULL = 0,
  GODWIT_BOOLEAN,
  GODWIT_INTEGER,
  GODWIT_NUMBER,
  GODWIT_TEXT,
  GODWIT_ARRAY,
  GODWIT_OBJECT
};

/* == options: strict tables, declared once, parsed by the host ==
 *
 * Unknown keys are errors that name the nearest known key. The host gives the module a normalised object:
 * every declared name is present, defaults filled in, an absent option without default is null. */

enum {
  GODWIT_OPTION_ANY = 0,
  GODWIT_OPTION_BOOLEAN,
  GODWIT_OPTION_INTEGER,
  GODWIT_OPTION_NUMBER,
  GODWIT_OPTION_TEXT,
  GODWIT_OPTION_DURATION, /* 5, 0.5, "5m", "1h 30m"; arrives as integer nanoseconds */
  GODWIT_OPTION_SIZE,     /* 1000, "20MiB", "1GB"; arrives as integer bytes */
  GODWIT_OPTION_TEXT_LIST,
  GODWIT_OPTION_TEXT_MAP,   /* object of text */
  GODWIT_OPTION_CHOICE,     /* one of `choices`, as written there; letter case ignored */
  GODWIT_OPTION_TABLE,      /* nested `table` */
  GODWIT_OPTION_TABLE_LIST, /* array of `table` */
  GODWIT_OPTION_TABLE_MAP   /* object of `table`; its keys are `choices` when there are any */
};

enum { GODWIT_OPTION_REQUIRED = 1u };

struct godwit_option_table;

typedef struct godwit_option {
  godwit_str name;
  int32_t type;
  uint32_t flags;
  godwit_str fallback;      /* default: plain text for text, choice, duration, size; else JSON; empty: null */
  godwit_str meaning;       /* one sentence, for the reference page */
  int64_t minimum, maximum; /* for numbers, durations, sizes; both 0: unbounded */
  const godwit_str* choices;
  uint64_t choice_count;
  const struct godwit_option_table* table;
} godwit_option;

typedef struct godwit_option_table {
  uint64_t size;
  uint64_t option_size; /* sizeof(godwit_option) as the module sees it: stride of `options` */
  godwit_str name;      /* as error texts name it: "configure_local_logs" */
  godwit_str summary;
  const godwit_option* options;
  uint64_t count;
} godwit_option_table;

/* == hooks and Lua functions == */

/* Answer with one call_* slot before returning, or take the call along with call_defer. Returning without
 * either means "proceed" for a hook and no result for a function. A status other than GODWIT_OK is a
 * temporary failure for a hook and a Lua error for a function. */
typedef godwit_status (*godwit_handler)(void* context, godwit_call* call);

enum {
  GODWIT_NEEDS_DATA = 1u, /* the data of the message arguments is loaded before the handler runs */
  GODWIT_SUSPENDS = 2u    /* may defer: shown in the reference of Lua functions */
};

typedef struct godwit_hook {
  uint64_t size;
  godwit_str event; /* documented event name (sdk/docs/hooks.md) */
  int32_t priority; /* lower runs earlier; then order of registration */
  uint32_t flags;
  uint64_t timeout_ns; /* 0: five minutes; overrun is a temporary failure */
  godwit_handler handler;
  void* context;
} godwit_hook;

enum {
  GODWIT_PARAMETER_ANY = 0,
  GODWIT_PARAMETER_BOOLEAN,
  GODWIT_PARAMETER_INTEGER,
  GODWIT_PARAMETER_NUMBER,
  GODWIT_PARAMETER_TEXT,
  GODWIT_PARAMETER_TABLE,    /* any table, as array or object */
  GODWIT_PARAMETER_OPTIONS,  /* a table parsed by `table` */
  GODWIT_PARAMETER_DURATION, /* arrives as integer nanoseconds */
  GODWIT_PARAMETER_MESSAGE,
  GODWIT_PARAMETER_CONNECTION,
  GODWIT_PARAMETER_OBJECT /* an object of type `object` */
};

enum {
  GODWIT_PARAMETER_OPTIONAL = 1u,
  GODWIT_PARAMETER_REST = 2u /* the last one: stands for all remaining arguments, none to many */
};

typedef struct godwit_parameter {
  godwit_str name;
  int32_t type;
  uint32_t flags;
  godwit_str object;                /* GODWIT_PARAMETER_OBJECT: name of the type */
  const godwit_option_table* table; /* GODWIT_PARAMETER_OPTIONS */
} godwit_parameter;

/* A function of a Lua module ("kumo.dkim", "rsa_sha256_signer") or, when `object` is set, a method of an
 * object type: one of this module's, or the core's "Message". A method's argument 0 is the object itself and
 * is not among `parameters`. */
typedef struct godwit_function {
  uint64_t size;
  godwit_str module;
  godwit_str object;
  godwit_str name;
  godwit_str returns; /* type for the reference: "signer", "array of result", empty for nothing */
  godwit_str summary;
  uint64_t parameter_size; /* sizeof(godwit_parameter): stride of `parameters` */
  const godwit_parameter* parameters;
  uint64_t parameter_count;
  uint32_t flags;
  uint32_t reserved;
  godwit_handler handler;
  void* context;
} godwit_function;

/* A type of object that Lua scripts hold. Objects are shared between VMs, so they are used from several
 * loops: constant after construction, or locked. destroy runs on any thread once, when the last script let
 * go. */
typedef struct godwit_object_type {
  uint64_t size;
  godwit_str name; /* "DkimSigner" */
  godwit_str summary;
  void (*destroy)(void* object);
} godwit_object_type;

enum {
  GODWIT_ARGUMENT_NONE = 0,
  GODWIT_ARGUMENT_VALUE,
  GODWIT_ARGUMENT_MESSAGE,
  GODWIT_ARGUMENT_CONNECTION,
  GODWIT_ARGUMENT_OBJECT
};

/* How a connection is ended by call_disconnect (reference: kumo.disconnect). */
enum { GODWIT_CLOSE_FORCE = 0, GODWIT_CLOSE_FOLLOW_WITH_421, GODWIT_CLOSE_IF_421 };

/* == log records == */

enum {
  GODWIT_RECORD_RECEPTION = 0,
  GODWIT_RECORD_DELIVERY,
  GODWIT_RECORD_BOUNCE,
  GODWIT_RECORD_TRANSIENT_FAILURE,
  GODWIT_RECORD_EXPIRATION,
  GODWIT_RECORD_ADMIN_BOUNCE,
  GODWIT_RECORD_OOB,
  GODWIT_RECORD_FEEDBACK,
  GODWIT_RECORD_REJECTION,
  GODWIT_RECORD_ADMIN_REBIND,
  GODWIT_RECORD_DEFERRED_INJECTION_REBIND,
  GODWIT_RECORD_DELAYED,
  GODWIT_RECORD_XFER_OUT,
  GODWIT_RECORD_XFER_IN
};

/* Plain borrowed fields, valid during the sink's submit. A text with data == NULL is absent (null in JSON).
 * Times are nanoseconds since 1970 UTC. `size` is that of the server: read a field only when it lies within.
 */
typedef struct godwit_record_fields {
  uint64_t size;
  int32_t type;
  uint32_t num_attempts;
  godwit_str type_name; /* "Reception", "TransientFailure", ... */
  godwit_str id;
  godwit_str sender;
  uint64_t recipient_count; /* texts: record_recipient_borrow */
  godwit_str queue;
  godwit_str site;
  uint64_t message_size;
  int32_t response_code;
  uint16_t enhanced_class; /* 0: no enhanced code */
  uint16_t enhanced_subject;
  uint16_t enhanced_detail;
  uint16_t reserved[3];
  godwit_str response_content;
  godwit_str response_command;
  godwit_str peer_name; /* both absent: no peer */
  godwit_str peer_address;
  int64_t timestamp_ns;
  int64_t created_ns;
  godwit_str bounce_classification;
  godwit_str egress_pool;
  godwit_str egress_source;
  const godwit_value* source_address;  /* NULL: absent */
  const godwit_value* feedback_report; /* NULL: absent */
  godwit_str delivery_protocol;
  godwit_str reception_protocol;
  godwit_str tls_cipher;
  godwit_str tls_protocol_version;
  uint64_t tls_peer_subject_count; /* texts: record_tls_peer_subject_borrow; 0: absent */
  godwit_str provider_name;
  godwit_str session_id;
  godwit_str peer_endpoint; /* of what came in by SMTP: "192.0.2.1:42601" */
  godwit_str local_endpoint;
} godwit_record_fields;

/* submit runs on the thread that produced the record: serialise, hand over, return. `message` is NULL for
 * records without one; it and the record are valid until submit returns (message_snapshot keeps a copy). */
typedef struct godwit_log_sink {
  uint64_t size;
  godwit_str name;
  void (*submit)(void* context, const godwit_record* record, godwit_message* message);
  void* context;
} godwit_log_sink;

/* == diagnostics == */

/* Lines of the diagnostic log of `lowest_level` and above that its filter lets through, secrets masked. write runs on the
 * thread that wrote the line and must be quick; lines that it writes itself do not come back. `tag` is the library or
 * module that speaks. */
typedef struct godwit_diagnostic_sink {
  uint64_t size;
  int32_t lowest_level;
  uint32_t reserved;
  void (*write)(void* context, int32_t level, godwit_str tag, godwit_str text);
  void* context;
} godwit_diagnostic_sink;

/* == delivery agents ==
 *
 * Who carries away the messages of queues with `protocol = { NAME = {...} }`. A delivery session belongs to one
 * ready queue and one loop: open, then deliver with one batch after the other, then close; many sessions run
 * at once, on several loops. Every step has the agent's time-out: what is not answered by then is a temporary
 * failure for the messages, and the session ends once the module has given back what it holds. */

typedef struct godwit_session godwit_session;   /* a delivery session */
typedef struct godwit_delivery godwit_delivery; /* a batch of messages on its way */

enum { GODWIT_DELIVERED = 0, GODWIT_TRANSIENT = 1, GODWIT_PERMANENT = 2 };

/* What happened to a recipient or a message; texts are borrowed during the slot it is given to. */
typedef struct godwit_outcome {
  uint64_t size;
  int32_t kind;
  int32_t code;            /* as in SMTP; 0: 250, 450 or 550 by kind */
  uint16_t enhanced_class; /* 0: no enhanced code */
  uint16_t enhanced_subject;
  uint16_t enhanced_detail;
  uint16_t reserved;
  godwit_str content; /* text of the log record */
  godwit_str command; /* what it answers; empty: none */
  /* GODWIT_TRANSIENT: tried again after this time in place of the queue's retry schedule; 0: by the schedule */
  int64_t retry_after_ns;
} godwit_outcome;

/* Who the messages of a session go to: fields of log records. A text with data == NULL is absent. */
typedef struct godwit_delivery_trace {
  uint64_t size;
  godwit_str peer_name; /* both absent: no peer */
  godwit_str peer_address;
  const godwit_value* source_address; /* NULL: absent */
  godwit_str tls_cipher;
  godwit_str tls_protocol_version;
  godwit_str session_id;
} godwit_delivery_trace;

enum {
  /* The options may also stand in the `protocol` table itself: protocol = { maildir_path = '/x' } */
  GODWIT_PROTOCOL_INLINE = 1u
};

typedef struct godwit_delivery_agent {
  uint64_t size;
  godwit_str protocol; /* key of the `protocol` table: lower-case letters, digits, underscores */
  godwit_str summary;
  godwit_str delivery_protocol;       /* in log records: "Maildir" */
  const godwit_option_table* options; /* NULL: none */
  godwit_str label_option; /* text option that follows "PROTOCOL:" in names of ready queues; empty: none */
  uint32_t flags;
  uint32_t batch_size; /* messages of one delivery at most; 0: 1 */
  uint64_t timeout_ns; /* of open, deliver; 0: five minutes */
  /* May be NULL. Any thread: what the option table cannot say about `settings`; on failure `why` is the text. */
  godwit_status (*check)(void* context, const godwit_value* settings, godwit_value* why);
  /* May be NULL. Connects: answer once with session_opened. A status other than GODWIT_OK is a failure, and
   * session_opened must not follow. */
  godwit_status (*open)(void* context, godwit_session*);
  /* Takes the batch: give it back with delivery_release, whatever is returned. */
  void (*deliver)(void* context, godwit_delivery*);
  /* May be NULL. The session's last call, also after an open that failed, once every batch was given back; frees
   * what session_context_set keeps. On the session's loop; must not block. */
  void (*close)(void* context, godwit_session*);
  void* context;
} godwit_delivery_agent;

/* == spool kinds ==
 *
 * Where define_spool { kind = NAME } keeps messages: a key-value store with two tables. commit and probe are
 * called by one thread, never two at once; all else by any thread of the blocking pool, at any time between
 * open and close. A function that fails leaves its text in `why`. */

enum { GODWIT_SPOOL_DATA = 0, GODWIT_SPOOL_META = 1 };
enum { GODWIT_SPOOL_PUT = 0, GODWIT_SPOOL_ERASE = 1 };
enum { GODWIT_SPOOL_BUFFERED = 0, GODWIT_SPOOL_SYNCED = 1 };
enum {
  GODWIT_SPOOL_IS_BODY = 1u, /* stored once for many messages */
  GODWIT_SPOOL_IS_FRESH = 2u /* nothing was under this key */
};

/* The value of a put is head and tail joined; both are borrowed during commit. */
typedef struct godwit_spool_operation {
  int32_t what;
  int32_t table;
  uint32_t flags;
  uint32_t reserved;
  uint8_t key[16];
  godwit_str head;
  godwit_str tail;
} godwit_spool_operation;

/* `bytes` is borrowed during the call. A visitor returns 0 to stop early. */
typedef void (*godwit_spool_reader)(void* context, godwit_str bytes);
typedef int32_t (*godwit_spool_visitor)(void* context, const uint8_t key[16], godwit_str bytes);

enum {
  /* Nothing survives the process: the server says so at start, creates no directory, watches no disk. */
  GODWIT_SPOOL_VOLATILE = 1u
};

typedef struct godwit_spool_kind {
  uint64_t size;
  godwit_str name; /* `kind` of define_spool, compared without letter case */
  godwit_str summary;
  uint32_t flags;
  uint32_t reserved;
  /* `data`, `meta`: the tables of define_spool, normalised; NULL when the other kind of store has that table.
   * Fails when the place is in use. */
  godwit_status (*open)(void* context, const godwit_value* data, const godwit_value* meta, void** store,
                        godwit_value* why);
  /* Applies the operations in order, erases first. On success with GODWIT_SPOOL_SYNCED it survives a power
   * cut, with GODWIT_SPOOL_BUFFERED a killed process (as far as the kind keeps anything at all); `flushes`
   * grows by the flushes it took. On failure some of it may have been applied. `stride`: size of an operation
   * as the server sees it. */
  godwit_status (*commit)(void* store, const godwit_spool_operation*, uint64_t stride, uint64_t count,
                          int32_t durability, uint64_t* flushes, godwit_value* why);
  /* GODWIT_NOT_FOUND: there is no such record. */
  godwit_status (*load)(void* store, int32_t table, const uint8_t key[16], godwit_spool_reader,
                        void* context, godwit_value* why);
  godwit_status (*contains)(void* store, int32_t table, const uint8_t key[16], godwit_value* why);
  /* Every record of the meta table, in no order; what is committed meanwhile may be missing. */
  godwit_status (*each_meta)(void* store, godwit_spool_visitor, void* context, godwit_value* why);
  /* Keys of data records that a crash may have left without a message; `bytes` is empty. */
  godwit_status (*each_loose_body)(void* store, godwit_spool_visitor, void* context, godwit_value* why);
  /* After a failed commit: does what lets the next one succeed, and proves it by a small write. */
  godwit_status (*probe)(void* store, godwit_value* why);
  void (*close)(void* store); /* last call */
  void* context;
} godwit_spool_kind;

/* == asynchronous answers == */

typedef void (*godwit_callback)(void* context);
/* GODWIT_OK: `answer` is borrowed until the callback returns. GODWIT_NOT_FOUND: the name does not exist.
 * Else: `reason`. */
typedef void (*godwit_answer_callback)(void* context, godwit_status status, const godwit_value* answer,
                                       godwit_str reason);

enum {
  GODWIT_DNS_TXT = 0, /* array of text, strings of one record joined */
  GODWIT_DNS_ADDRESS, /* array of IP addresses as text */
  GODWIT_DNS_PTR,     /* array of names; the name asked for is an IP address */
  GODWIT_DNS_MX       /* array of host names in order of preference */
};

/* One header field as it stands in the message: `value` is what follows the colon, with folding, without the
 * line end. */
typedef void (*godwit_header_callback)(void* context, godwit_str name, godwit_str value);

/* == HTTP routes == */

/* Who may use a route when neither the policy (get_acl_definition) nor the built-in lists say it. */
enum {
  GODWIT_HTTP_TRUSTED = 0,   /* peers in a listener's trusted_hosts */
  GODWIT_HTTP_AUTHENTICATED, /* and who has shown credentials */
  GODWIT_HTTP_ANYBODY
};

/* The handler runs on the connection's loop. Its argument 0 is an object: method, path, body, peer ("192.0.2.1:4711") and
 * user (null when unknown) are text; query and headers are objects of text, names of headers in lower case. The answer
 * is a value: an object with the integer `status` and at most `content_type`, `headers` (object of text) and `body` (text) is
 * the response; every other value is sent as JSON, none as 204. call_fail gives 500 with the text, call_reject its code. */
typedef struct godwit_http_route {
  uint64_t size;
  godwit_str method; /* "GET"; such a route answers HEAD as well */
  godwit_str path;   /* "/greylist/triplets" exactly; "/greylist/" followed by a star takes all below */
  godwit_str summary;
  int32_t access;
  uint32_t reserved;
  uint64_t timeout_ns; /* 0: five minutes; overrun gives 504 and cancels the call */
  godwit_handler handler;
  void* context;
} godwit_http_route;

/* == console commands == */

/* How a word of a command line is read. QUEUE, DOMAIN and MODULE are texts that the console completes. */
enum {
  GODWIT_WORD_TEXT = 0,
  GODWIT_WORD_INTEGER,
  GODWIT_WORD_DURATION, /* arrives as integer nanoseconds */
  GODWIT_WORD_BOOLEAN,  /* on, off, true, false, yes, no, 1, 0 */
  GODWIT_WORD_CHOICE,   /* one of `choices`; letter case ignored */
  GODWIT_WORD_QUEUE,
  GODWIT_WORD_DOMAIN,
  GODWIT_WORD_MODULE,
  GODWIT_WORD_REST /* all that follows, as one text */
};

enum {
  GODWIT_WORD_OPTIONAL = 1u,
  GODWIT_WORD_OPTION = 2u, /* "--name VALUE", anywhere; always optional */
  GODWIT_WORD_SWITCH = 4u  /* "--name"; true when given */
};

enum { GODWIT_ROLE_READER = 1, GODWIT_ROLE_OPERATOR, GODWIT_ROLE_ADMIN };

typedef struct godwit_word {
  godwit_str name;
  int32_t type;
  uint32_t flags;
  godwit_str meaning; /* for help and reference */
  const godwit_str* choices;
  uint64_t choice_count;
} godwit_word;

/* A command of the console. The handler runs on the first loop; it may defer, and its call is cancelled when
 * the operator gives up. Argument 0 is an object of the words that were given, by name; argument 1 an object
 * with "user" and "role". The answer:
 *   text                            as it is
 *   array                           one line an element
 *   object with "columns", "rows"   a table: an array of texts, an array of arrays
 *   any other object                a record, one member a line */
typedef struct godwit_command {
  uint64_t size;
  godwit_str name; /* words of a-z, 0-9, _, - and : with one space between; begin with the module's name */
  godwit_str summary;
  int32_t role; /* the least that may run it */
  uint32_t reserved;
  uint64_t word_size; /* sizeof(godwit_word): stride of `words` */
  const godwit_word* words;
  uint64_t word_count;
  godwit_handler handler;
  void* context;
} godwit_command;

/* == the host table == */

typedef struct godwit_host {
  uint64_t size;
  uint32_t abi_major;
  uint32_t abi_minor;

  /* server and instance (any thread) */
  godwit_str (*server_info_borrow)(godwit_instance*,
                                   godwit_str key); /* "version", "hostname", "node_id"; until unload */
  int64_t (*now_wall)(void);                        /* nanoseconds since 1970 */
  int64_t (*now_steady)(void);
  int32_t (*log_enabled)(godwit_instance*, int32_t level);
  void (*log_write)(godwit_instance*, int32_t level, godwit_str text);
  /* Why the running life-cycle function is about to return GODWIT_FAILED. */
  void (*instance_fail)(godwit_instance*, godwit_str text);
  /* Health of something named ("disk /var/log"): while unhealthy the server refuses mail with `reason`. */
  void (*health_set)(godwit_instance*, godwit_str what, int32_t healthy, godwit_str reason);

  /* values (any thread; one thread at a time per value). Reading a null pointer reads null. */
  int32_t (*value_kind)(const godwit_value*);
  int32_t (*value_boolean)(const godwit_value*); /* 0 when of another kind */
  int64_t (*value_integer)(const godwit_value*); /* a number is truncated; 0 when of another kind */
  double (*value_number)(const godwit_value*);
  godwit_str (*value_text_borrow)(
      const godwit_value*);                     /* until the value changes; empty when of another kind */
  uint64_t (*value_count)(const godwit_value*); /* elements or members */
  const godwit_value* (*value_element_borrow)(const godwit_value*,
                                              uint64_t index);         /* element, or member's value */
  godwit_str (*value_key_borrow)(const godwit_value*, uint64_t index); /* member's name */
  const godwit_value* (*value_member_borrow)(const godwit_value*, godwit_str key); /* NULL when absent */
  godwit_value* (*value_new)(void); /* null; give back with value_free or a "take" slot */
  godwit_value* (*value_copy)(const godwit_value*);
  void (*value_free)(godwit_value*);
  void (*value_set_null)(godwit_value*);
  void (*value_set_boolean)(godwit_value*, int32_t);
  void (*value_set_integer)(godwit_value*, int64_t);
  void (*value_set_number)(godwit_value*, double);
  void (*value_set_text)(godwit_value*, godwit_str);
  void (*value_set_array)(godwit_value*);  /* empty */
  void (*value_set_object)(godwit_value*); /* empty */
  void (*value_assign)(godwit_value*, const godwit_value* from);
  /* A new last element, or the (new, null) member; valid until the parent changes. NULL when of another kind.
   */
  godwit_value* (*value_element_add)(godwit_value*);
  godwit_value* (*value_member_add)(godwit_value*, godwit_str key);
  void (*value_write_json)(const godwit_value*, void (*write)(void* context, godwit_str), void* context);
  godwit_status (*value_parse_json)(godwit_value* out,
                                    godwit_str text); /* on failure `out` is the error text */

  /* options (any thread): on GODWIT_OK `out` is the normalised object, else the text of all problems */
  godwit_status (*options_parse)(godwit_instance*, const godwit_option_table*, const godwit_value* in,
                                 godwit_value* out);

  /* metrics: look up once, keep; counting is any thread. Names start with godwit_<module>_ unless the
   * reference has one. `labels` is an object of text or NULL. The series goes with the instance. */
  godwit_counter* (*metric_counter)(godwit_instance*, godwit_str name, godwit_str help,
                                    const godwit_value* labels);
  godwit_gauge* (*metric_gauge)(godwit_instance*, godwit_str name, godwit_str help,
                                const godwit_value* labels);
  godwit_histogram* (*metric_histogram)(godwit_instance*, godwit_str name, godwit_str help,
                                        const godwit_value* labels);
  void (*counter_add)(godwit_counter*, uint64_t n);
  void (*gauge_add)(godwit_gauge*, int64_t n);
  void (*gauge_set)(godwit_gauge*, int64_t n);
  void (*histogram_observe)(godwit_histogram*, double seconds);

  /* registration: in init (else GODWIT_WRONG_PHASE). All is copied but option tables: they stay valid until
   * unload */
  godwit_status (*hook_add)(godwit_instance*, const godwit_hook*);
  godwit_status (*object_type_add)(godwit_instance*, const godwit_object_type*);
  godwit_status (*function_add)(godwit_instance*, const godwit_function*);
  /* Log sinks: in any phase until drain. */
  godwit_status (*log_sink_add)(godwit_instance*, const godwit_log_sink*);

  /* calls: arguments are borrowed until the call is answered */
  godwit_str (*call_name_borrow)(const godwit_call*); /* event or function */
  uint64_t (*call_argument_count)(const godwit_call*);
  int32_t (*call_argument_kind)(const godwit_call*, uint64_t index);
  const godwit_value* (*call_argument_value_borrow)(const godwit_call*,
                                                    uint64_t index); /* addresses arrive as text */
  godwit_message* (*call_argument_message_borrow)(const godwit_call*, uint64_t index);
  godwit_connection* (*call_argument_connection_borrow)(const godwit_call*, uint64_t index);
  void* (*call_argument_object_borrow)(const godwit_call*, uint64_t index); /* of the declared type */
  /* answers; on a deferred call any thread, and the answer consumes the handle */
  void (*call_proceed)(godwit_call*);
  void (*call_done)(godwit_call*); /* ends the chain, accepted */
  void (*call_reject)(godwit_call*, int32_t code, godwit_str text);
  void (*call_disconnect)(godwit_call*, int32_t mode, int32_t code, godwit_str text);
  void (*call_return_value_take)(godwit_call*, godwit_value*); /* NULL: nil */
  void (*call_return_object_take)(godwit_call*, godwit_str type, void* object);
  void (*call_fail)(godwit_call*, godwit_str text); /* Lua error, or temporary failure of a hook */
  /* Keeps the call open after the handler returned. `cancelled` (may be NULL) runs on the call's loop when
   * nobody waits any more; arguments are gone by then, the handle is still to be consumed by an answer. */
  godwit_call* (*call_defer)(godwit_call*, godwit_callback cancelled, void* context);
  int32_t (*call_is_cancelled)(const godwit_call*); /* any thread, until the answer */

  /* messages: every slot but retain/release/snapshot answers GODWIT_GONE or nothing once the message is over
   */
  godwit_message* (*message_retain)(godwit_message*); /* same message, own handle; used on the same loop */
  godwit_message* (*message_snapshot)(
      godwit_message*);                     /* an independent copy (body shared); any one thread */
  void (*message_release)(godwit_message*); /* of a retained handle or a snapshot */
  void (*message_id_get)(const godwit_message*, char out[32]); /* lower-case hex */
  int64_t (*message_created)(const godwit_message*);
  uint32_t (*message_attempts)(const godwit_message*);
  godwit_str (*message_sender_borrow)(const godwit_message*); /* "" is the null sender */
  uint64_t (*message_recipient_count)(const godwit_message*);
  godwit_str (*message_recipient_borrow)(const godwit_message*, uint64_t index);
  godwit_status (*message_sender_set)(godwit_message*, godwit_str address);
  const godwit_value* (*message_meta_borrow)(const godwit_message*, godwit_str key); /* until meta changes */
  uint64_t (*message_meta_count)(const godwit_message*);
  godwit_status (*message_meta_at_borrow)(const godwit_message*, uint64_t index, godwit_str* key,
                                          const godwit_value** value);
  godwit_status (*message_meta_set)(godwit_message*, godwit_str key, const godwit_value* value);
  uint64_t (*message_size)(const godwit_message*); /* 0 when the data is not in memory */
  /* The whole message without a copy: up to `capacity` pieces whose concatenation is the message. Valid until
   * the message changes or its call ends. GODWIT_INVALID when `capacity` is too small (4 are always enough).
   */
  godwit_status (*message_data_borrow)(const godwit_message*, godwit_str* pieces, uint64_t capacity,
                                       uint64_t* count);
  godwit_status (*message_data_set)(godwit_message*, godwit_str bytes);
  /* Header fields in order; borrowed during the callback. */
  godwit_status (*message_headers_each)(const godwit_message*, godwit_header_callback, void* context);
  godwit_status (*message_header_prepend)(godwit_message*, godwit_str name,
                                          godwit_str value); /* keeps the body shared */
  godwit_status (*message_header_append)(godwit_message*, godwit_str name, godwit_str value);
  godwit_status (*message_header_remove)(godwit_message*, godwit_str name); /* all of that name */
  /* A raw header value unfolded and RFC 2047-decoded to UTF-8 (any thread). */
  void (*header_decode)(godwit_str raw, godwit_value* out);

  /* connections */
  const godwit_value* (*connection_meta_borrow)(const godwit_connection*, godwit_str key);
  godwit_status (*connection_meta_set)(godwit_connection*, godwit_str key, const godwit_value* value);
  godwit_status (*connection_peer_get)(const godwit_connection*, godwit_value* out); /* "192.0.2.1:25" */
  godwit_status (*connection_local_get)(const godwit_connection*, godwit_value* out);
  godwit_status (*connection_session_get)(const godwit_connection*, char out[32]);

  /* log records */
  const godwit_record_fields* (*record_fields_borrow)(const godwit_record*);
  godwit_str (*record_recipient_borrow)(const godwit_record*, uint64_t index);
  godwit_str (*record_tls_peer_subject_borrow)(const godwit_record*, uint64_t index);

  /* time, threads, names. Every accepted callback runs exactly once; what is open at drain runs before stop
   * is called, an answer then has status GODWIT_GONE. Timers are cancelled at drain. */
  /* First after `delay_ns`, then each `interval_ns` (0: once). The handle is valid until timer_cancel, also
   * after a one-shot timer fired or drain ended it; what is never cancelled is freed with the instance. */
  godwit_timer* (*timer_start)(godwit_instance*, int64_t delay_ns, int64_t interval_ns, godwit_callback,
                               void* context);
  void (*timer_cancel)(godwit_timer*);
  /* `work` on a thread of the blocking pool, then `done` on the caller's loop. GODWIT_FAILED: the pool is
   * full. While draining jobs and tasks are taken as long as something is open (else GODWIT_WRONG_PHASE). */
  godwit_status (*job_submit)(godwit_instance*, godwit_callback work, godwit_callback done, void* context);
  /* Any thread: runs `task` on the first loop. */
  godwit_status (*task_post)(godwit_instance*, godwit_callback task, void* context);
  godwit_status (*dns_query)(godwit_instance*, int32_t kind, godwit_str name, godwit_answer_callback,
                             void* context);
  /* Runs the handlers of an event with a message and a value (either may be NULL); the answer is what they
   * returned. */
  godwit_status (*event_call)(godwit_instance*, godwit_str event, godwit_message*,
                              const godwit_value* argument, godwit_answer_callback, void* context);

  /* diagnostics: in any phase from init until drain */
  godwit_status (*diagnostic_sink_add)(godwit_instance*, const godwit_diagnostic_sink*);

  /* HTTP: in init. GODWIT_INVALID: no handler, or an access that is none. Functions, routes and protocols are published
   * together, all of them or none: after init when the server starts, after start in a running one. A name, path or
   * protocol that is malformed or taken then refuses the module; nothing of it was seen. What the instance has that is
   * being replaced is not taken. The route goes with the instance. */
  godwit_status (*http_route_add)(godwit_instance*, const godwit_http_route*);

  /* In init. GODWIT_INVALID: the name is taken or is none; the log says which. */
  godwit_status (*command_add)(godwit_instance*, const godwit_command*);
  /* delivery agents and spool kinds: registered in init, as hooks are. A protocol is published with the functions and
   * routes, see http_route_add. */
  godwit_status (*delivery_agent_add)(godwit_instance*, const godwit_delivery_agent*);
  godwit_status (*spool_kind_add)(godwit_instance*, const godwit_spool_kind*);

  /* sessions: valid from open to close, in deliveries also from any thread */
  const godwit_value* (*session_settings_borrow)(const godwit_session*); /* normalised, until close */
  /* "ready_queue", "site", "routing_domain", "source"; until close */
  godwit_str (*session_text_borrow)(const godwit_session*, godwit_str key);
  void (*session_context_set)(godwit_session*, void*); /* the module's own, on the session's loop */
  void* (*session_context_get)(const godwit_session*);
  /* The answer to open, any thread. NULL: connected. A permanent failure bounces all that waits in the ready
   * queue; a temporary one counts toward consecutive_connection_failures_before_delay. */
  void (*session_opened)(godwit_session*, const godwit_outcome* failure);
  void (*session_trace_set)(godwit_session*, const godwit_delivery_trace*); /* for outcomes from now on */

  /* deliveries: any thread, one at a time per message, until delivery_release */
  godwit_session* (*delivery_session_borrow)(godwit_delivery*);
  uint64_t (*delivery_count)(const godwit_delivery*);
  /* Independent of the queue's own: data in memory, changes go nowhere. */
  godwit_message* (*delivery_message_borrow)(godwit_delivery*, uint64_t index);
  /* The outcome of one recipient, or with recipient < 0 of all that have none yet. A message is settled when
   * all its recipients are: its log records are written and it leaves the queue or is tried again.
   * GODWIT_GONE: too late, the time-out was over. GODWIT_INVALID: no such message or recipient, or settled. */
  godwit_status (*delivery_settle)(godwit_delivery*, uint64_t index, int64_t recipient, const godwit_outcome*);
  /* Consumes the handle. What is not settled is a temporary failure. */
  void (*delivery_release)(godwit_delivery*);

  /* The queue that the message belongs to, as an object: "name", "domain", and "campaign", "tenant",
   * "routing_domain" when it has them (reference: queue names). */
  godwit_status (*message_queue_get)(const godwit_message*, godwit_value* out);
} godwit_host;

/* == the module == */

/* The life-cycle functions run one after the other, never two at once, on one thread: check, configure, init,
 * start, then drain, stop, destroy. On a failure the host goes on with stop and destroy if configure had succeeded;
 * destroy waits for what is open (jobs that start began). When the server ends modules go one by one, the last one
 * loaded first: the drain of the next one begins when this one has stopped, so that what is open here may use those
 * that came before. All loops together have ten seconds for one module's open calls; what is open then keeps its
 * state, which destroy frees once it has ended. When a module is reloaded the former instance is drained and stopped
 * before configure of the new one, unless its calls do not end: these two then live side by side. */
typedef struct godwit_module_descriptor {
  uint64_t size;
  uint32_t abi_major;
  uint32_t abi_minor; /* the lowest minor version the module works with */
  godwit_str
      name; /* lower-case letters, digits, underscores: file name, settings section, log tag, metric prefix */
  godwit_str version;
  godwit_str summary;
  const godwit_option_table* settings; /* NULL: no settings */
  /* Can it run here at all? No settings yet. May be NULL, as all but configure. */
  godwit_status (*check)(const godwit_host*, godwit_instance*);
  /* Builds the module from its settings (normalised, borrowed) and stores its state. */
  godwit_status (*configure)(const godwit_host*, godwit_instance*, const godwit_value* settings,
                             void** state);
  godwit_status (*init)(void* state);  /* registers hooks, functions, sinks */
  godwit_status (*start)(void* state); /* the server begins to work */
  godwit_status (*drain)(void* state); /* no new calls come; finish what is open */
  godwit_status (*stop)(void* state);  /* end threads; afterwards nothing of the module runs but calls that did not end */
  void (*destroy)(void* state);        /* not while anything is open */
} godwit_module_descriptor;

typedef const godwit_module_descriptor* (*godwit_module_function)(void);

/* The one exported symbol. */
#define GODWIT_MODULE_SYMBOL "godwit_module"

#ifdef __cplusplus
}
#endif
#endif
