#include "marker/flow.h"
#include "base/list.h"
#include "marker/bytecode.h"

#include <stdlib.h>

enum {
	SLOTS = 256,
	MOST_ORIGINS = 2000,
	/* Of one function: more was generated, and would take long. */
	MOST_WAYS = 1000,
	MOST_LOOPS = 200,
};

/* What is known of the registers where ways meet. */
struct way {
	uint32_t pc;
	uint16_t slots[SLOTS];
};

struct loop {
	uint32_t head, end;		/* first and last instruction */
};

struct reading {
	struct bytecode code;
	struct flow *flow;
	unsigned nslots;
	uint16_t slots[SLOTS];
	bool captured[SLOTS];		/* a function within may set it */
	bool is_reached;		/* the instruction, from the one before it */
	struct flow_room *room;
	size_t nways, nloops;
	bool is_odd;			/* nothing is said of it: damaged, or too large */
	bool failed;
};

/* -- Origins ------------------------------------------------------------- */

static uint16_t origin(struct reading *r, struct origin o)
{
	struct flow *f = r->flow;

	if ((o.kind == ORIGIN_FIELD || o.kind == ORIGIN_ENTRY) && (o.from == 0 || (o.kind == ORIGIN_FIELD && o.key == 0)))
		return 0;
	for (size_t i = 1; i < f->norigins; i++)
		if (f->origins[i].kind == o.kind && f->origins[i].from == o.from && f->origins[i].key == o.key)
			return (uint16_t)i;
	if (f->norigins >= MOST_ORIGINS)
		return 0;
	if (!LIST_HAS_ROOM(f->origins, f->norigins, f->origins_room)) {
		r->failed = true;
		return 0;
	}
	f->origins[f->norigins] = o;
	return (uint16_t)f->norigins++;
}

static uint16_t field(struct reading *r, uint16_t from, uint64_t name)
{
	return origin(r, (struct origin){.kind = ORIGIN_FIELD, .from = from, .key = name});
}

static void set_slot(struct reading *r, unsigned slot, uint16_t to)
{
	if (slot < r->nslots)
		r->slots[slot] = r->captured[slot] ? 0 : to;
}

/* What has come from an upvalue, or from a field of that name, is its value no more once that is set. */
static void forget_origin(struct reading *r, enum origin_kind kind, uint64_t key)
{
	for (unsigned slot = 0; slot < r->nslots; slot++) {
		for (uint16_t o = r->slots[slot]; o; o = r->flow->origins[o].from) {
			if (r->flow->origins[o].kind == kind && r->flow->origins[o].key == key) {
				r->slots[slot] = 0;
				break;
			}
		}
	}
}

/* -- What an instruction does ------------------------------------------- */

/* Forget the registers that it writes. */
static void forget_written(struct reading *r, struct instruction i)
{
	unsigned from = i.a, to = i.a + 1u;

	if (i.op == BC_KNIL) {
		to = i.d + 1u;
	} else if (i.op == BC_CAT) {
		for (unsigned slot = i.b; slot <= i.c; slot++)
			r->slots[slot] = 0;
	} else if (i.op == BC_CALLM || i.op == BC_CALL || i.op == BC_ITERC || i.op == BC_ITERN || i.op == BC_VARG) {
		to = r->nslots;
	} else if (i.op >= BC_FORI && i.op <= BC_JFORL) {
		to = from + 4;
	} else if (i.op >= BC_ITERL && i.op <= BC_JITERL) {
		from = i.a ? i.a - 1u : 0;
	} else if (i.op <= BC_ISNEP || i.op == BC_IST || i.op == BC_ISF || (i.op >= BC_USETV && i.op <= BC_UCLO) ||
		   i.op == BC_GSET || (i.op >= BC_TSETV && i.op <= BC_TSETR) || i.op >= BC_LOOP || i.op == BC_ISNEXT ||
		   bytecode_ends_function(i.op)) {
		to = from;
	}
	for (; from < to && from < r->nslots; from++)
		r->slots[from] = 0;
}

static void add_store(struct reading *r, uint32_t pc, struct store s)
{
	struct flow *f = r->flow;

	s.line = bytecode_line(&r->code, pc);
	if (s.into == 0 || (s.kind == STORE_CALL && s.by == 0) || (s.kind == STORE_FIELD && s.key == 0))
		return;
	if (LIST_HAS_ROOM(f->stores, f->nstores, f->stores_room))
		f->stores[f->nstores++] = s;
	else
		r->failed = true;
}

/* A value that is not known otherwise is known by where it was stored. */
static void name_stored(struct reading *r, unsigned slot, uint16_t as)
{
	if (slot < r->nslots && r->slots[slot] == 0)
		set_slot(r, slot, as);
}

static void note_store(struct reading *r, uint32_t pc, struct instruction i)
{
	uint16_t as;

	switch (i.op) {
	case BC_TSETV:
	case BC_TSETR:
		add_store(r, pc, (struct store){.kind = STORE_ENTRY, .into = r->slots[i.b]});
		name_stored(r, i.a, origin(r, (struct origin){.kind = ORIGIN_ENTRY, .from = r->slots[i.b]}));
		break;
	case BC_TSETS:
		as = field(r, r->slots[i.b], bytecode_string(&r->code, i.c));
		add_store(r, pc, (struct store){.kind = STORE_FIELD, .into = r->slots[i.b], .key = bytecode_string(&r->code, i.c)});
		forget_origin(r, ORIGIN_FIELD, bytecode_string(&r->code, i.c));
		name_stored(r, i.a, as);
		break;
	case BC_GSET:
		as = field(r, origin(r, (struct origin){.kind = ORIGIN_GLOBALS}), bytecode_string(&r->code, i.d));
		add_store(r, pc,
			  (struct store){
				  .kind = STORE_FIELD, .into = r->flow->origins[as].from, .key = bytecode_string(&r->code, i.d)});
		forget_origin(r, ORIGIN_FIELD, bytecode_string(&r->code, i.d));
		name_stored(r, i.a, as);
		break;
	case BC_USETV:
		as = origin(r, (struct origin){.kind = ORIGIN_UPVALUE, .key = i.a});
		add_store(r, pc, (struct store){.kind = STORE_UPVALUE, .into = as});
		forget_origin(r, ORIGIN_UPVALUE, i.a);
		name_stored(r, i.d, as);
		break;
	case BC_CALL:
	case BC_CALLM:
	case BC_CALLT:
	case BC_CALLMT: {
		const bool is_tail = i.op == BC_CALLT || i.op == BC_CALLMT, is_multiple = i.op == BC_CALLM || i.op == BC_CALLMT;
		const unsigned first = i.a + 1u + FR2, arguments = is_tail ? i.d : i.c;

		/* A table and what is added: C and D count one more than the arguments, but not where multiple results follow them. */
		if (first < SLOTS && arguments >= (is_multiple ? 1 : 3))
			add_store(r, pc, (struct store){.kind = STORE_CALL, .into = r->slots[first], .by = r->slots[i.a]});
		break;
	}
	default: break;
	}
}

static void take(struct reading *r, uint32_t pc, struct instruction i)
{
	uint16_t to = 0;

	note_store(r, pc, i);
	switch (i.op) {
	case BC_MOV: to = i.d < SLOTS ? r->slots[i.d] : 0; break;
	case BC_UGET: to = origin(r, (struct origin){.kind = ORIGIN_UPVALUE, .key = i.d}); break;
	case BC_GGET: to = field(r, origin(r, (struct origin){.kind = ORIGIN_GLOBALS}), bytecode_string(&r->code, i.d)); break;
	case BC_TGETS: to = field(r, r->slots[i.b], bytecode_string(&r->code, i.c)); break;
	case BC_TGETV:
	case BC_TGETR: to = origin(r, (struct origin){.kind = ORIGIN_ENTRY, .from = r->slots[i.b]}); break;
	default: break;
	}
	forget_written(r, i);
	if (to)
		set_slot(r, i.a, to);
}

/* -- Where ways meet ----------------------------------------------------- */

static void merge(uint16_t *into, const uint16_t *other, unsigned nslots)
{
	for (unsigned slot = 0; slot < nslots; slot++)
		if (into[slot] != other[slot])
			into[slot] = 0;
}

static void leads_to(struct reading *r, uint32_t pc)
{
	for (size_t i = 0; i < r->nways; i++) {
		if (r->room->ways[i].pc == pc) {
			merge(r->room->ways[i].slots, r->slots, r->nslots);
			return;
		}
	}
	if (r->nways >= MOST_WAYS) {
		r->is_odd = true;
	} else if (LIST_HAS_ROOM(r->room->ways, r->nways, r->room->ways_room)) {
		r->room->ways[r->nways].pc = pc;
		memcpy(r->room->ways[r->nways++].slots, r->slots, sizeof(r->slots));
	} else {
		r->failed = true;
	}
}

static void arrive(struct reading *r, uint32_t pc)
{
	for (size_t i = 0; i < r->nways; i++) {
		if (r->room->ways[i].pc != pc)
			continue;
		if (r->is_reached)
			merge(r->slots, r->room->ways[i].slots, r->nslots);
		else
			memcpy(r->slots, r->room->ways[i].slots, sizeof(r->slots));
		r->is_reached = true;
		r->room->ways[i] = r->room->ways[--r->nways];
		return;
	}
	if (!r->is_reached)
		memset(r->slots, 0, sizeof(r->slots));
}

/* A loop begins with what its last turn left: of that nothing is known that it writes. */
static void enter_loop(struct reading *r, struct loop l)
{
	for (uint32_t pc = l.head; pc <= l.end && pc < r->code.count; pc++) {
		const struct instruction i = bytecode_at(&r->code, pc);

		forget_written(r, i);
		if (i.op == BC_USETV)
			forget_origin(r, ORIGIN_UPVALUE, i.a);
		else if (i.op == BC_TSETS)
			forget_origin(r, ORIGIN_FIELD, bytecode_string(&r->code, i.c));
		else if (i.op == BC_GSET)
			forget_origin(r, ORIGIN_FIELD, bytecode_string(&r->code, i.d));
	}
}

static void enter_loops(struct reading *r, uint32_t pc)
{
	for (size_t i = 0; i < r->nloops; i++)
		if (r->room->loops[i].head == pc)
			enter_loop(r, r->room->loops[i]);
}

/* -- The whole ----------------------------------------------------------- */

/* The loops by what leads back or, where a trace's number stands there, by what leads around their body. */
static void find_loops(struct reading *r)
{
	for (uint32_t pc = 1; pc < r->code.count && !r->is_odd; pc++) {
		const struct instruction i = bytecode_at(&r->code, pc);
		const uint32_t target = bytecode_is_jump(i.op) ? bytecode_jump_target(pc, i.d) : 0;
		struct loop l;

		r->is_odd = i.op > BC_FUNCCW || (bytecode_is_jump(i.op) && (target == 0 || target >= r->code.count));
		if (r->is_odd || !bytecode_is_jump(i.op))
			continue;
		if (target <= pc)
			l = (struct loop){target, pc};
		else if (i.op == BC_FORI || i.op == BC_JFORI)
			l = (struct loop){pc + 1, target - 1};
		else if (bytecode_at(&r->code, target).op == BC_ITERC || bytecode_at(&r->code, target).op == BC_ITERN)
			l = (struct loop){pc + 1, target};
		else
			continue;
		if (r->nloops >= MOST_LOOPS)
			r->is_odd = true;
		else if (LIST_HAS_ROOM(r->room->loops, r->nloops, r->room->loops_room))
			r->room->loops[r->nloops++] = l;
		else
			r->failed = r->is_odd = true;
	}
}

/* Registers that functions within have as upvalues and may set. */
static void find_captured(struct reading *r)
{
	const uint32_t n = get_u32(r->code.proto + PROTO_SIZEKGC);
	const uint8_t *consts =
		n ? heap_at(r->code.vm, get_ref(r->code.proto + PROTO_K) - (uint64_t)n * REF, (uint64_t)n * REF) : NULL;

	for (uint32_t i = 0; consts && i < n; i++) {
		const uint8_t *within = heap_at(r->code.vm, get_ref(consts + (uint64_t)i * REF), PROTO_SIZE);
		const uint32_t upvalues = within && within[O_GCT] == T_PROTO ? within[PROTO_SIZEUV] : 0;
		const uint8_t *uv = upvalues ? heap_at(r->code.vm, get_ref(within + PROTO_UV), (uint64_t)upvalues * 2) : NULL;

		for (uint32_t k = 0; uv && k < upvalues; k++)
			if ((get_u16(uv + k * 2) & (UV_LOCAL | UV_IMMUTABLE)) == UV_LOCAL)
				r->captured[get_u16(uv + k * 2) & 0xff] = true;
	}
}

static void step_over(struct reading *r, uint32_t pc)
{
	const struct instruction i = bytecode_at(&r->code, pc);
	const uint32_t target = bytecode_is_jump(i.op) ? bytecode_jump_target(pc, i.d) : 0;

	arrive(r, pc);
	enter_loops(r, pc);
	if (!r->is_reached)
		return;
	take(r, pc, i);
	if (target > pc) {
		const uint8_t next = bytecode_at(&r->code, target).op;

		if (i.op == BC_FORI || i.op == BC_JFORI)
			enter_loop(r, (struct loop){pc, target - 1});
		else if (next == BC_ITERC || next == BC_ITERN)
			enter_loop(r, (struct loop){pc + 1, target});
		leads_to(r, target);
		/* The body of an iteration is reached from its end, with as much as is known here. */
		if (next == BC_ITERC || next == BC_ITERN)
			return;
	}
	r->is_reached = !bytecode_ends_function(i.op) && !(target && bytecode_is_taken_always(&r->code, pc, i.op));
}

bool flow_read(const struct vm *vm, uint64_t proto, struct flow_room *room, struct flow *f)
{
	struct reading r = {.flow = f, .room = room, .is_reached = true};

	f->norigins = f->nstores = 0;
	if (!bytecode_open(&r.code, vm, proto))
		return true;
	r.nslots = r.code.proto[PROTO_FRAMESIZE];
	if (!LIST_HAS_ROOM(f->origins, f->norigins, f->origins_room))
		return false;
	f->origins[f->norigins++] = (struct origin){.kind = ORIGIN_UNKNOWN};
	find_captured(&r);
	if (r.code.proto[PROTO_NUMPARAMS] > 0)
		set_slot(&r, 0, origin(&r, (struct origin){.kind = ORIGIN_SELF}));
	find_loops(&r);
	for (uint32_t pc = 1; pc < r.code.count && !r.is_odd && !r.failed; pc++)
		step_over(&r, pc);
	if (r.is_odd)
		f->nstores = 0;
	return !r.failed;
}

bool flow_copy(const struct flow *f, struct flow *to)
{
	*to = *f;
	to->origins = malloc(f->norigins * sizeof(*f->origins));
	to->stores = malloc(f->nstores * sizeof(*f->stores));
	if (!to->origins || !to->stores) {
		flow_free(to);
		return false;
	}
	memcpy(to->origins, f->origins, f->norigins * sizeof(*f->origins));
	memcpy(to->stores, f->stores, f->nstores * sizeof(*f->stores));
	return true;
}

void flow_free(struct flow *f)
{
	free(f->origins);
	free(f->stores);
	*f = (struct flow){0};
}

void flow_room_free(struct flow_room *room)
{
	free(room->ways);
	free(room->loops);
	*room = (struct flow_room){0};
}
