/* The other object kinds, each after its function in lj_gc.c. */
#include "marker/marker.h"
#include "luajit/source.h"

#define source_text VARIANT(source_text)

/* -- Functions and prototypes -------------------------------------------- */

static uint32_t upvalue_step(struct marker *m, const uint8_t *name, size_t room, uint32_t index)
{
	char text[128] = ".^";
	size_t n = 0;

	while (name && n < room && n < sizeof(text) - 3 && name[n])
		n++;
	if (n == 0)
		return trie_step(m->trie, text, 2 + (size_t)snprintf(text + 2, sizeof(text) - 2, "%u", index + 1));
	memcpy(text + 2, name, n);
	for (size_t i = 2; i < n + 2; i++)
		if ((uint8_t)text[i] < 0x20 || (uint8_t)text[i] >= 0x7f)
			text[i] = '?';
	return trie_step(m->trie, text, n + 2);
}

/* "(for state)" and the like never are upvalues, so a name is an identifier or empty (stripped code). */
static uint32_t upvalue_node(struct marker *m, uint32_t node, const uint8_t *names, const uint8_t *end, uint32_t index,
			     uint64_t proto)
{
	uint64_t key = (UINT64_C(1) << 63) | (proto << 8) | index;
	uint32_t id = pair_map_get(&m->edges, node, key);

	if (id == NO_NODE) {
		for (uint32_t i = 0; names && i < index && names < end; names++)
			i += *names == 0;
		id = child(m, node, upvalue_step(m, names && names < end ? names : NULL, (size_t)(end - names), index));
		if (!pair_map_put(&m->edges, node, key, id))
			fail(m, "out of memory");
	}
	return id;
}

/* True for the first object of a prototype at a path. */
static bool count_definition(struct marker *m, uint32_t node, const uint8_t *proto)
{
	bool is_new;

	if (!definitions_count(&m->out->definitions, node, proto, &is_new))
		fail(m, "out of memory");
	return is_new;
}

/* A function or thread counts where it is defined; the smallest source among a path's functions stands for all of them. */
static void note_source(struct marker *m, uint32_t node, const uint8_t *proto)
{
	struct node *n = &m->trie->nodes[node];
	char a[512], b[512];

	if (!count_definition(m, node, proto))
		return;
	if (n->source) {
		source_text(m->vm, n->source, a, sizeof(a));
		source_text(m->vm, proto, b, sizeof(b));
		if (strcmp(a, b) <= 0)
			return;
	}
	n->source = proto;
}

/* gc_traverse_func */
static void traverse_func(struct marker *m, uint8_t *fn, uint32_t node)
{
	uint32_t n = fn[FUNC_NUPVALUES];
	bool is_lua = fn[FUNC_FFID] == 0;

	mark_ref(m, get_ref(fn + FUNC_ENV), node, m->steps.env);
	if (is_lua) {
		uint64_t proto = get_ref(fn + FUNC_PC) - PROTO_SIZE;
		const uint8_t *pt = at(m, proto, PROTO_SIZE), *names, *end;
		uint64_t uvinfo;

		if (!pt || pt[O_GCT] != T_PROTO || !at(m, proto, get_u32(pt + PROTO_SIZEPT))) {
			fail(m, "function without a prototype");
			return;
		}
		uvinfo = get_ref(pt + PROTO_UVINFO);
		end = pt + get_u32(pt + PROTO_SIZEPT);
		names = uvinfo > proto && uvinfo < proto + get_u32(pt + PROTO_SIZEPT) ? pt + (uvinfo - proto) : NULL;
		note_source(m, node, pt);
		mark_ref(m, proto, node, m->steps.proto);
		for (uint32_t i = 0; i < n; i++)
			mark_object(m, get_ref(fn + FUNC_UVPTR + i * REF), upvalue_node(m, node, names, end, i, proto));
	} else {
		for (uint32_t i = 0; i < n; i++) {
			uint64_t tv = get_u64(fn + FUNC_C_UPVALUE + i * 8);

			if (tv_is_gcv(tv_type(tv)))
				mark_tv(m, tv, child(m, node, upvalue_step(m, NULL, 0, i)));
			else if (tv_type(tv) == T_LIGHTUD)
				note_lightud(m, node, tv);
		}
	}
}

/* gc_traverse_proto: constants; its traces come last */
static void traverse_proto(struct marker *m, uint8_t *pt, uint32_t node)
{
	uint32_t n = get_u32(pt + PROTO_SIZEKGC);
	uint64_t k = get_ref(pt + PROTO_K);
	const uint8_t *consts = n ? at(m, k - (uint64_t)n * REF, (uint64_t)n * REF) : NULL;

	count_definition(m, node, pt);
	mark_ref(m, get_ref(pt + PROTO_CHUNKNAME), node, m->steps.array);
	if (n && !consts) {
		fail(m, "constants outside the heap");
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint64_t ref = get_ref(consts + (uint64_t)i * REF);
		const uint8_t *p = at(m, ref, CDATA_SIZE);

		mark_ref(m, ref, node, p && p[O_GCT] == T_PROTO ? m->steps.proto : m->steps.array);
	}
	if (get_u16(pt + PROTO_TRACE))
		push(m, &m->protos, pt);
}

/* -- Threads and userdata ------------------------------------------------ */

/* gc_traverse_thread: its stack comes after everything else */
static void traverse_thread(struct marker *m, uint8_t *th, uint32_t node)
{
	const uint8_t *proto = thread_proto(m, th);
	uint64_t count;

	mark_ref(m, get_ref(th + TH_ENV), node, m->steps.env);
	push(m, &m->threads, th);
	thread_stack(m, th, &count);
	if (count == 0)
		m->trie->nodes[node].idle++;
	if (proto)
		note_source(m, node, proto);
}

/* gc_mark for userdata; a string.buffer has references of its own */
static void traverse_udata(struct marker *m, uint8_t *ud, uint32_t node)
{
	mark_ref(m, get_ref(ud + UD_METATABLE), node, m->steps.metatable);
	mark_ref(m, get_ref(ud + UD_ENV), node, m->steps.env);
	if (ud[UD_UDTYPE] == UDTYPE_BUFFER) {
		const uint8_t *sb = ud + UD_SIZE;

		if (get_buffer_ptr(sb + SB_L) & SBUF_FLAG_COW)
			mark_ref(m, get_ref(sb + SB_COWREF), node, m->steps.array);
		mark_ref(m, get_ref(sb + SB_DICT_STR), node, m->steps.array);
		mark_ref(m, get_ref(sb + SB_DICT_MT), node, m->steps.metatable);
	}
}

/* -- Traces -------------------------------------------------------------- */

void mark_trace(struct marker *m, uint32_t traceno, uint32_t node)
{
	const uint8_t *J = at(m, m->vm->L.a + m->vm->layout->jit_state + m->vm->layout->irbuf, 80);
	const uint8_t *ref;

	if (!J || traceno == 0 || traceno >= get_u32(J + J_SIZETRACE))
		return;
	ref = at(m, get_ref(J + J_TRACE) + (uint64_t)traceno * REF, REF);
	if (ref && get_ref(ref))
		mark_object(m, get_ref(ref), node);
}

static bool irt_is64(uint8_t t)
{
	/* IRT_IS64 of lj_ir.h: NUM I64 U64 P64, and the reference types where references have 8 bytes */
	const uint32_t numbers = 1u << 14 | 1u << 21 | 1u << 22 | 1u << 9;
	const uint32_t refs = 1u << 0 | 1u << 3 | 1u << 4 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12;

	return ((numbers | (GC64 ? refs : 1u << 3)) >> (t & 0x1f)) & 1;
}

/* gc_traverse_trace: all on one path, traces are never judged */
static void traverse_trace(struct marker *m, uint8_t *tr, uint32_t node)
{
	uint64_t ir = get_ref(tr + TR_IR);
	uint32_t nk = get_u32(tr + TR_NK);

	if (get_u16(tr + TR_TRACENO) == 0)
		return;
	for (uint32_t ref = nk; ref < REF_TRUE; ref++) {
		const uint8_t *ins = at(m, ir + (uint64_t)ref * IRINS_SIZE, IRINS_SIZE * 2);

		if (!ins) {
			fail(m, "trace outside the heap");
			return;
		}
		if (ins[5] == IR_KGC)
			mark_ref(m, GC64 ? get_ref(ins + IRINS_SIZE) : get_ref(ins), node, m->steps.array);
		if (irt_is64(ins[4]) && ins[5] != IR_KNULL)
			ref++;
	}
	mark_trace(m, get_u16(tr + TR_LINK), node);
	mark_trace(m, get_u16(tr + TR_NEXTROOT), node);
	mark_trace(m, get_u16(tr + TR_NEXTSIDE), node);
	mark_ref(m, get_ref(tr + TR_STARTPT), node, m->steps.proto);
}

/* propagatemark */
void traverse(struct marker *m, uint8_t *p, uint32_t node)
{
	m->from = m->out->want_retained && p[O_GCT] != T_TRACE ? scratch_of(p) : 0;
	m->late = p[O_GCT] == T_TRACE;
	switch (p[O_GCT]) {
	case T_TAB: traverse_tab(m, p, node); break;
	case T_FUNC: traverse_func(m, p, node); break;
	case T_PROTO: traverse_proto(m, p, node); break;
	case T_THREAD: traverse_thread(m, p, node); break;
	case T_UDATA: traverse_udata(m, p, node); break;
	case T_TRACE: traverse_trace(m, p, node); break;
	}
}
