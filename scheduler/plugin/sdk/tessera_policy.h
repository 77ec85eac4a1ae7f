/* tessera_policy.h: the interface between Tessera and a scheduling policy in a shared library. Plain C, plain data.
 *
 * A policy decides which ready tile goes next, to which core. A library exports one function, tessera_policy(), which
 * returns a table of hooks; Tessera opens it by `--policy ./libmine.so` or `scheduler.policy: ./libmine.so`. Policies
 * in C++ are shorter over <tessera/policy.h>, which stands on this file. docs/policies.md tells how to write, build,
 * check and debug one; docs/semantics.md 7.1 to 7.29 is the law that actions are held to.
 *
 * Units      Times are absolute, in picoseconds (_ps) from the arrival of the first request; cycles are of the clock
 *            that the name says. Sizes are in bytes. Ids are dense from 0; TESSERA_NO_ID is none.
 * Lifetimes  `graph`, `machine` and all that they point to live, unchanged, from begin() to destroy(). A tessera_view,
 *            and what its questions return by pointer, is good until the hook that got it returns; questions asked
 *            outside of a hook are answered with nothing and are an error of the policy. Texts of the plug-in's table
 *            live as long as the library.
 * Threads    All hooks are called from one thread, one after the other. Questions may be asked from that thread only.
 * Errors     A hook returns 0, or another number after it has put a text into `error`: the run then ends with exit
 *            code 1 and that text as the policy's error. No exception may leave a hook. An action that is not legal is
 *            answered by on_illegal() and changes nothing; sixteen at one time end the run. A hook that does not return
 *            within scheduler.time_limit (10 s unless the run says otherwise) ends the program.
 * Growth     Every struct that one side makes and the other reads begins with its size, or lies in a tessera_array with
 *            the distance between elements. Fields are only ever appended (TESSERA_POLICY_ABI_MINOR counts that): read
 *            one that a version before did not have only where the size covers it. Anything else changes
 *            TESSERA_POLICY_ABI_MAJOR, and a plug-in of another major version is refused.
 */
#ifndef TESSERA_POLICY_H
#define TESSERA_POLICY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TESSERA_POLICY_ABI_MAJOR 1u
/* Since 1: requests of several kinds, Undispatch, queued_tile, caps in thousandths, channels per core. */
/* Since 2: Cap, which holds a DMA channel to a rate. */
#define TESSERA_POLICY_ABI_MINOR 2u

#define TESSERA_NO_ID 0xffffffffu
#define TESSERA_NEVER INT64_MAX
#define TESSERA_ANY_CHANNEL (-1)

#if defined(__GNUC__)
#define TESSERA_POLICY_EXPORT __attribute__((visibility("default")))
#else
#define TESSERA_POLICY_EXPORT
#endif

/* `count` elements; element i begins at (const char*)data + i * stride. */
typedef struct tessera_array {
  const void* data;
  uint64_t count;
  uint64_t stride;
} tessera_array;

/* Where a hook puts why it failed: UTF-8 with a closing 0, at most `capacity` bytes. */
typedef struct tessera_text {
  char* data;
  uint64_t capacity;
} tessera_text;

/* ---- The tile graph --------------------------------------------------------------------------------------------- */

enum { TESSERA_PE = 0, TESSERA_VECTOR = 1, TESSERA_MOVEMENT = 2, TESSERA_HOST = 3 /* never ready: the host runs it */ };

/* What a core does without a break. Later slices of a group (slice > 0) run on the core of its first, in order. */
typedef struct tessera_tile {
  uint32_t kind;
  uint32_t op; /* operator of the network */
  uint32_t request;
  uint32_t group;
  uint32_t slice, slices; /* position in the group, and its tiles */
  uint32_t input, weight; /* blocks that must be in the core's slots; TESSERA_NO_ID: not needed */
  uint32_t work;          /* index into works; TESSERA_NO_ID: none */
  uint32_t reserved;
  int64_t vector_cycles; /* core cycles of the vector unit: a vector tile's task, a last slice's post-operations */
  int64_t predicted_ps;  /* on its unit without waiting; a host task's time */
} tessera_tile;

/* Tiles first .. first + slices - 1, which make one output block. Edges are between groups. */
typedef struct tessera_group {
  uint32_t first, slices;
  uint32_t output; /* block that its store writes */
  uint32_t request, op;
  uint32_t core_hint; /* where the tiling dealt it to, so that neighbours share operands; a wish, not a rule */
} tessera_group;

enum { TESSERA_CONSTANT = 1, TESSERA_NETWORK_INPUT = 2, TESSERA_NETWORK_OUTPUT = 4 };

/* A box of a tensor that a slot holds or a store writes. A slot whose box contains another serves it too. */
typedef struct tessera_block {
  uint32_t root;    /* tensor */
  uint32_t buffer;  /* memory of its own: one activation of one request, one constant */
  uint32_t request; /* constants: 0 */
  uint32_t flags;
  int64_t bits;                /* of one element */
  int64_t bytes, useful_bytes; /* moved (whole bursts), and inside the box */
  int64_t begin[4], end[4];    /* n, h, w, c; weights: output channels in n, reduction in c */
} tessera_block;

/* A tile on the PE array, in core cycles. */
typedef struct tessera_work {
  int64_t occupancy;        /* until the next tile may start */
  int64_t latency;          /* until its last result */
  int64_t last_step_offset; /* until its post-operations may start */
  int64_t macs;             /* multiply-accumulates that count */
} tessera_work;

/* One inference that somebody asks for. Its tiles have consecutive ids. */
typedef struct tessera_request {
  int64_t arrival_ps, deadline_ps; /* absolute; TESSERA_NEVER: no deadline */
  int32_t priority;                /* the higher goes first; 0 unless the run says otherwise */
  uint32_t network;                /* of those that the run has: requests of one have the same tiles */
  uint32_t first_tile, tiles;
  uint32_t operators; /* of its network: tessera_tile.op is below that */
  uint32_t reserved;
} tessera_request;

/* Row i of a pair (rows, ids) is ids[rows[i]] .. ids[rows[i + 1] - 1], ascending. */
typedef struct tessera_graph {
  uint64_t size;
  tessera_array tiles;  /* of tessera_tile: operators in topological order, request by request */
  tessera_array groups; /* of tessera_group */
  tessera_array blocks; /* of tessera_block */
  tessera_array works;  /* of tessera_work */
  const uint32_t *predecessor_rows, *predecessor_ids; /* by group: groups whose stores it waits for */
  const uint32_t *successor_rows, *successor_ids;     /* by group */
  const uint32_t *control_rows, *control_ids;         /* by group: predecessors whose data it does not read */
  const uint32_t *producer_rows, *producer_ids;       /* by block: groups that write what it holds */
  int64_t slots[3], slot_bytes[3];                    /* input, weight, output region of every core */
  const int64_t* arrivals_ps;                         /* by request */
  uint64_t requests;
  int64_t macs;
  /* Since minor version 1. */
  tessera_array request_list; /* of tessera_request */
} tessera_graph;

/* ---- The machine ------------------------------------------------------------------------------------------------ */

/* Edge n of a clock lies at floor(n * period_num / period_den) ps. */
typedef struct tessera_clock {
  int64_t period_num, period_den;
} tessera_clock;

typedef struct tessera_channel {
  int64_t bytes_per_cycle; /* cap, interconnect cycles, rounded up; 0: no cap of its own */
  int64_t priority, weight;
  int64_t thousandths_per_cycle; /* since 1.1: the cap exactly, in thousandths of a byte per cycle */
  /* Since 1.2: the rates to which a Cap may hold it, in thousandths. */
  int64_t least_cap, most_cap;
} tessera_channel;

typedef struct tessera_machine {
  uint64_t size;
  tessera_clock core_clock, interconnect_clock, dram_clock;
  int64_t cores;
  int64_t queue;           /* dispatched tiles that wait for one unit */
  int64_t region_bytes[3]; /* input, weight, output region of a core */
  int64_t rows, columns;   /* of the PE array */
  int64_t vector_lanes;
  tessera_array channels; /* of tessera_channel: the DMA engine, shared by all cores */
  int64_t outstanding;    /* packets on their way at one time */
  int64_t packet_bytes, burst_bytes;
  int64_t interconnect_bytes_per_cycle;
  int64_t interconnect_latency; /* cycles, one way */
  int32_t full_duplex;          /* 0: reads and writes share the interconnect */
  int32_t asks_keep;            /* 1: keep() is asked (shared_sram.replacement: policy) */
  int64_t schedulers;
  int64_t dispatch_latency, launch_latency; /* core cycles */
  int64_t shared_sram_bytes;                /* 0: there is none */
  int64_t dram_channels;
  /* What nothing can beat, in bytes per second and ps. */
  int64_t dram_peak, nearest_rate, shared_sram_rate, interconnect_rate;
  int64_t channels_rate;    /* all channels' caps together; 0: one has none */
  int64_t filling_channels; /* channels that together fill the path to the memory */
  int64_t hop_ps, read_latency_ps, write_latency_ps;
  /* The schedule's part: dma.split, dma.binding, dma.static_channel. */
  int64_t dma_split;
  /* 0: channels are dynamic; 1: a transfer's channel follows from its operand, whatever the policy says; 2, since
     1.1: from its operand and its core, whose even share of the channels static_channel counts in. */
  int32_t static_binding;
  int32_t reserved;
  int64_t static_channel[3];
} tessera_machine;

/* ---- Actions ---------------------------------------------------------------------------------------------------- */

enum {
  TESSERA_WAIT = 0,
  TESSERA_DISPATCH = 1,
  TESSERA_PREFETCH = 2,
  TESSERA_UNDISPATCH = 3, /* since minor version 1: take back a group that has not started (docs/semantics.md 7.23) */
  TESSERA_CAP = 4 /* since minor version 2: hold a DMA channel to a rate, or lift that (docs/semantics.md 7.27) */
};

/* Tessera sets `size` and the rest to a Wait for the next event before decide() is called. */
typedef struct tessera_action {
  uint64_t size;
  uint32_t kind;
  uint32_t tile;      /* Dispatch, Prefetch; Undispatch: the first of its group */
  uint32_t core;      /* Dispatch, Prefetch */
  uint32_t operand;   /* Prefetch: 0 input, 1 weight; it must be constant */
  int32_t channel[2]; /* Dispatch: of input and weight; Prefetch: the first; or TESSERA_ANY_CHANNEL; Cap: the first */
  int64_t until_ps;   /* Wait: a time in the future, or TESSERA_NEVER: the next event */
  /* Since minor version 2. Cap: thousandths of a byte per cycle of the interconnect; 0: what the machine lets it move.
   */
  int64_t rate;
} tessera_action;

/* Why an action is not legal. reason() of the questions says it in words. */
enum {
  TESSERA_LEGAL = 0,
  TESSERA_UNKNOWN_TILE,
  TESSERA_UNKNOWN_CORE,
  TESSERA_UNKNOWN_CHANNEL,
  TESSERA_NOT_READY,
  TESSERA_ALREADY_DISPATCHED,
  TESSERA_WRONG_CORE,
  TESSERA_OPEN_GROUPS,
  TESSERA_QUEUE_FULL,
  TESSERA_NO_INPUT_SLOT,
  TESSERA_NO_WEIGHT_SLOT,
  TESSERA_NOT_CONSTANT,
  TESSERA_RESIDENT,
  TESSERA_PREFETCH_UNDER_WAY,
  TESSERA_NO_SLOT_FOR_PREFETCH,
  TESSERA_TIME_PASSED,
  /* Since minor version 1. */
  TESSERA_NOT_FIRST_SLICE,
  TESSERA_NOT_DISPATCHED,
  TESSERA_UNDER_DECISION,
  TESSERA_STARTED,
  TESSERA_LOAD_SHARED,
  TESSERA_OPERAND_FORGOTTEN,
  TESSERA_TAKEN_BACK_BEFORE,
  /* Since minor version 2. */
  TESSERA_RATE_TOO_LOW,
  TESSERA_RATE_TOO_HIGH,
  TESSERA_CAPPED_BEFORE
};

/* A choice that was weighed; of two the one with the lower score was better. */
typedef struct tessera_candidate {
  uint32_t tile, core;
  int64_t score;
} tessera_candidate;

/* ---- What may be asked ------------------------------------------------------------------------------------------ */

enum { TESSERA_ABSENT = 0, TESSERA_FILLING = 1, TESSERA_FULL = 2 };
enum { TESSERA_PE_ARRAY = 0, TESSERA_VECTOR_UNIT = 1 };

typedef struct tessera_slot {
  uint32_t block;      /* TESSERA_NO_ID: empty */
  uint32_t residency;  /* TESSERA_ABSENT (empty), TESSERA_FILLING, TESSERA_FULL */
  uint32_t references; /* dispatched tiles that need it; 0: another block may take its place */
  uint32_t prefetched; /* 1: brought by a Prefetch, and no tile has referred to it yet */
} tessera_slot;

typedef struct tessera_channel_state {
  int64_t unissued_bytes; /* queued and not yet sent */
  int64_t cap;            /* since minor version 2: the rate of the last accepted Cap, in thousandths; 0: none */
} tessera_channel_state;

/* `host` is the view's. An id or a number that does not exist is answered with nothing and is an error of the policy,
 * which ends the run when the hook returns. Each costs O(log tiles) or O(slots), and tens of nanoseconds. */
typedef struct tessera_questions {
  uint64_t size;
  /* Ready tiles that any core may take: the lowest of a kind (not TESSERA_HOST) that is >= from, or TESSERA_NO_ID. */
  uint32_t (*next_ready)(void* host, uint32_t kind, uint32_t from);
  int32_t (*ready)(void* host, uint32_t tile);
  /* Later slices that are ready on the core that holds their group: elements uint32_t, in the order of readiness. */
  tessera_array (*continuations)(void* host, uint32_t core);
  /* The lowest core >= from that may take a tile of that kind, or that may go on with a later slice; TESSERA_NO_ID:
   * none. Necessary, not sufficient: check() decides. */
  uint32_t (*next_accepting)(void* host, uint32_t kind, uint32_t from);
  uint32_t (*next_continuing)(void* host, uint32_t from);
  /* TESSERA_LEGAL, or why the action is not legal now. */
  uint32_t (*check)(void* host, const tessera_action* action);
  const char* (*reason)(void* host, uint32_t why);
  /* Bytes that a Dispatch of the tile to that core would load. */
  int64_t (*missing_bytes)(void* host, uint32_t tile, uint32_t core);
  /* Of a block in a core's region (0 input, 1 weight). */
  uint32_t (*residency)(void* host, uint32_t block, uint32_t operand, uint32_t core);
  /* Tiles that wait for a unit; when it ends what it runs and what waits, if nothing has to wait for data. */
  uint32_t (*queued)(void* host, uint32_t core, uint32_t unit);
  int64_t (*busy_until_ps)(void* host, uint32_t core, uint32_t unit);
  uint32_t (*open_groups)(void* host, uint32_t core);
  uint32_t (*evictable_slots)(void* host, uint32_t core, uint32_t operand); /* 0 input, 1 weight */
  uint32_t (*free_output_slots)(void* host, uint32_t core);
  /* Elements tessera_slot: the slots of a core's region (0 input, 1 weight). */
  tessera_array (*slots)(void* host, uint32_t core, uint32_t operand);
  /* Elements tessera_channel_state, by channel. */
  tessera_array (*channels)(void* host);
  int32_t (*arrived)(void* host, uint32_t request);
  uint32_t (*tiles_left)(void* host); /* not dispatched yet */
  /* All cores that next_accepting() finds: elements uint64_t, bit c % 64 of word c / 64. */
  tessera_array (*accepting)(void* host, uint32_t kind);
  /* Since minor version 1. Of the queued() tiles of a unit the one that starts as number `index`, from 0;
   * TESSERA_NO_ID: there are not so many. */
  uint32_t (*queued_tile)(void* host, uint32_t core, uint32_t unit, uint32_t index);
} tessera_questions;

typedef struct tessera_view {
  uint64_t size;
  const tessera_graph* graph;
  const tessera_machine* machine;
  const tessera_questions* ask;
  void* host; /* first argument of every question */
  int64_t now_ps;
} tessera_view;

/* ---- What a plug-in offers -------------------------------------------------------------------------------------- */

enum { TESSERA_INTEGER = 0, TESSERA_NUMBER = 1, TESSERA_FLAG = 2, TESSERA_STRING = 3 };

/* A key of `scheduler.options` that the plug-in knows. Where it declares any, others are errors, and create() gets a
 * value for each of them; where it declares none, create() gets what the run says, typed as it is written. */
typedef struct tessera_option {
  const char* key;
  const char* text; /* what it stands for */
  uint32_t kind;
  uint32_t reserved;
  int64_t integer; /* default of an integer or a flag (0, 1) */
  int64_t low, high;
  double number; /* default of a number */
  double low_number, high_number;
  const char* string; /* default of a string */
} tessera_option;

typedef struct tessera_option_value {
  const char* key;
  uint32_t kind;
  uint32_t given;  /* 1: the run says it; 0: the default */
  int64_t integer; /* integer, flag */
  double number;   /* number; of an integer the same */
  const char* string;
} tessera_option_value;

/* Bits of subscriptions(): a policy is asked when a ready tile meets a core with room; besides, after these. */
enum {
  TESSERA_ON_ARRIVAL = 1,
  TESSERA_ON_TILE_READY = 2,
  TESSERA_ON_TRANSFER_DONE = 4,
  TESSERA_ON_SLOT_FREE = 8,
  TESSERA_ON_TILE_DONE = 16,
  TESSERA_ON_UNIT_IDLE = 32,
  TESSERA_ON_DECISION = 64
};

/* Hooks that are null are not called; create and decide must be there. Order: create, begin, then as things happen,
 * each on_...() before the next decide(), destroy at last. `policy` is what create() made. */
typedef struct tessera_policy_plugin {
  uint64_t size;
  uint32_t abi_major, abi_minor; /* TESSERA_POLICY_ABI_MAJOR, _MINOR of the header that it was built with */
  const char* name;              /* letters, digits, "_", "-", "."; at most 64 */
  tessera_array options;         /* of tessera_option */
  /* `options`: elements tessera_option_value, good during the call. */
  int32_t (*create)(tessera_array options, void** policy, tessera_text* error);
  void (*destroy)(void* policy);
  int32_t (*begin)(void* policy, const tessera_view*, tessera_text* error);
  int32_t (*decide)(void* policy, const tessera_view*, tessera_action* answer, tessera_text* error);
  int32_t (*on_arrival)(void* policy, const tessera_view*, uint32_t request, tessera_text* error);
  int32_t (*on_tile_ready)(void* policy, const tessera_view*, uint32_t tile, tessera_text* error);
  int32_t (*on_transfer_done)(void* policy, const tessera_view*, uint32_t core, uint32_t operand, tessera_text* error);
  int32_t (*on_slot_free)(void* policy, const tessera_view*, uint32_t core, uint32_t operand, tessera_text* error);
  int32_t (*on_tile_done)(void* policy, const tessera_view*, uint32_t tile, tessera_text* error);
  int32_t (*on_illegal)(void* policy, const tessera_view*, const tessera_action*, uint32_t why, tessera_text* error);
  /* Are a block's lines in the shared SRAM worth keeping before others? Puts 1 or 0 into `keep`. */
  int32_t (*keep)(void* policy, const tessera_view*, uint32_t block, uint32_t uses_left, uint32_t* keep,
                  tessera_text* error);
  /* What the last decide() weighed, best first: elements tessera_candidate, good until the next hook; 64 are read. */
  int32_t (*candidates)(void* policy, tessera_array* weighed, tessera_text* error);
  /* Read after begin() and every decide(). Null: none. */
  int32_t (*subscriptions)(void* policy, uint32_t* events, tessera_text* error);
  /* How many choices were weighed, those of candidates() among them; null: as many as those. */
  int32_t (*weighed)(void* policy, uint32_t* count, tessera_text* error);
  /* What scores count, with the unit ("missing bytes"), or null; lives as long as the policy. */
  int32_t (*score)(void* policy, const char** words, tessera_text* error);
} tessera_policy_plugin;

/* The one symbol that Tessera looks for. The arguments are the version of the Tessera that asks. */
TESSERA_POLICY_EXPORT const tessera_policy_plugin* tessera_policy(uint32_t abi_major, uint32_t abi_minor);

#ifdef __cplusplus
}
#endif
#endif
