/*
** What a function's bytecode stores into, as far as the flow of its registers says so: "the table in upvalue 2", "field
** `jobs` of the table in upvalue 1", "any entry of that". Where two ways lead to an instruction only what both agree on is
** known. Compiled once per variant of object.h.
*/
#ifndef HW_FLOW_H
#define HW_FLOW_H

#include "luajit/heap.h"

#define flow_read VARIANT(flow_read)
#define flow_copy VARIANT(flow_copy)
#define flow_free VARIANT(flow_free)
#define flow_room_free VARIANT(flow_room_free)

enum origin_kind { ORIGIN_UNKNOWN, ORIGIN_UPVALUE, ORIGIN_GLOBALS, ORIGIN_SELF, ORIGIN_FIELD, ORIGIN_ENTRY };

/* Where a value comes from. */
struct origin {
	enum origin_kind kind;
	uint16_t from;			/* of a field or an entry: the origin of its table */
	uint64_t key;			/* of an upvalue its index, of a field the address of its name */
};

enum store_kind {
	STORE_ENTRY,			/* under a key that is computed */
	STORE_FIELD,			/* under a name */
	STORE_UPVALUE,			/* into an upvalue */
	STORE_CALL,			/* by a function that is called with the table as its first argument */
};

struct store {
	enum store_kind kind;
	uint16_t into;			/* origin of the table, or of the upvalue itself */
	uint16_t by;			/* of a call: origin of the function */
	uint64_t key;			/* of a field: address of its name */
	uint32_t line;			/* 0: the code has none */
};

struct flow {
	struct origin *origins;		/* the first is what is unknown */
	size_t norigins, origins_room;
	struct store *stores;
	size_t nstores, stores_room;
};

/* Memory that reading one function leaves for the next. */
struct flow_room {
	struct way *ways;
	struct loop *loops;
	size_t ways_room, loops_room;
};

/*
** Read the code of the GCproto at an address into a flow whose memory is used again, or that is all zeros. False when memory
** ran out; code that makes no sense stores nothing.
*/
bool flow_read(const struct vm *vm, uint64_t proto, struct flow_room *room, struct flow *f);
/* A copy with memory of its own, as much as it needs. False when memory ran out. */
bool flow_copy(const struct flow *f, struct flow *to);
void flow_free(struct flow *f);
void flow_room_free(struct flow_room *room);

#endif
