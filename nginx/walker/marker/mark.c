/* gc_mark: an object is reached at a path, for the first time or by a smaller one. */
#include "marker/marker.h"

/* -- Tallies ------------------------------------------------------------- */

static uint64_t payload_of(const uint8_t *p, uint64_t size)
{
	const uint8_t *sb;

	switch (p[O_GCT]) {
	case T_STR: return get_u32(p + STR_LEN);
	case T_CDATA: return size > CDATA_SIZE ? size - CDATA_SIZE : 0;
	case T_UDATA:
		if (p[UD_UDTYPE] != UDTYPE_BUFFER)
			return 0;
		sb = p + UD_SIZE;
		return get_buffer_ptr(sb + SB_W) - get_buffer_ptr(sb + SB_R);
	default: return 0;
	}
}

static void tally(struct marker *m, const uint8_t *p, uint64_t addr, uint32_t node, int64_t sign)
{
	struct node *n = &m->trie->nodes[node];
	unsigned type = p[O_GCT] - T_STR;
	uint64_t size = 0;

	if (!object_size(m->vm, p, addr, &size)) {
		fail(m, "object without a size");
		return;
	}
	n->own[type].objects += (uint64_t)sign;
	n->own[type].bytes += (uint64_t)sign * size;
	n->payload += (uint64_t)sign * payload_of(p, size);
	if (p[O_GCT] == T_CDATA)
		count_cdata(m, p, addr, node, sign);
}

/* Pinned strings that a path reaches; sum_reachable() turns them into those that none does. */
static void note_fixed(struct marker *m, const uint8_t *s)
{
	if (get_marked(s) & MARK_FIXED) {
		m->out->fixed.objects++;
		m->out->fixed.bytes += str_size(s);
	}
}

/* -- The graph, where retained bytes are asked for ----------------------- */

static void note_object(struct marker *m, uint8_t *p, uint64_t size, uint32_t node)
{
	const uint32_t number = m->out->graph.count;

	if (!graph_add(&m->out->graph, node, size, p[O_GCT] == T_STR || p[O_GCT] == T_CDATA))
		fail(m, "out of memory");
	else if (has_scratch(p))
		set_u32(p + scratch_offset(p[O_GCT]), number);
}

static void note_reference(struct marker *m, uint32_t to)
{
	if (!graph_refer(&m->out->graph, m->from, to))
		fail(m, "out of memory");
}

/* -- gc_mark: an object is reached --------------------------------------- */

static void wait_for(struct marker *m, uint32_t node)
{
	if (m->trie->nodes[node].pending++ == 0 && !addr_list_push(&m->touched, node))
		fail(m, "out of memory");
}

/* In a damaged heap upvalues could hold upvalues, nested without end. */
static bool holds_upvalue(struct marker *m, uint64_t tv)
{
	const uint8_t *p = tv_is_gcv(tv_type(tv)) ? at(m, tv_ref(tv), CDATA_SIZE) : NULL;

	return p && p[O_GCT] == T_UPVAL;
}

/* An upvalue and its value share a path; an open one's value is still on a stack. */
static void mark_upvalue_value(struct marker *m, const uint8_t *uv, uint32_t node)
{
	const uint8_t *v = at(m, get_ref(uv + UPVAL_V), 8);
	const uint32_t from = m->from;

	if (m->out->want_retained)
		m->from = scratch_of(uv);
	if (v && !holds_upvalue(m, get_u64(v)))
		mark_tv(m, get_u64(v), node);
	else
		fail(m, "upvalue without a value");
	m->from = from;
}

/* Reached again by a sibling step from the same path: the smaller step keeps it. */
static void mark_again(struct marker *m, uint8_t *p, uint64_t addr, uint32_t node)
{
	uint32_t old;

	if (!has_scratch(p))
		return;
	if (m->out->want_retained && !m->late)
		note_reference(m, scratch_of(p));
	old = path_of(m, p);
	if (old == node || m->expanding == NO_NODE || old >= m->trie->nnodes || m->trie->nodes[old].parent != m->expanding ||
	    m->trie->nodes[node].parent != m->expanding || m->trie->nodes[m->expanding].chain)
		return;
	if (strcmp(m->trie->steps[m->trie->nodes[node].step].text, m->trie->steps[m->trie->nodes[old].step].text) >= 0)
		return;
	if (p[O_GCT] != T_STR && p[O_GCT] != T_CDATA && p[O_GCT] != T_UPVAL) {
		if (m->trie->nodes[old].pending == 0)
			return;	/* traversed in an earlier level */
		m->trie->nodes[old].pending--;
		m->moved = true;
		wait_for(m, node);
	}
	tally(m, p, addr, old, -1);
	set_path(m, p, node);
	tally(m, p, addr, node, 1);
	if (p[O_GCT] == T_UPVAL)
		mark_upvalue_value(m, p, node);
}

void mark_object(struct marker *m, uint64_t addr, uint32_t node)
{
	uint8_t *p = at(m, addr, CDATA_SIZE);

	if (!p || p[O_GCT] < T_STR || p[O_GCT] > T_UDATA) {
		fail(m, "reference to no object");
		return;
	}
	if (is_marked(p)) {
		mark_again(m, p, addr, node);
		return;
	}
	if (!spend(m, CDATA_SIZE))
		return;
	set_marked(p, get_marked(p) | MARK_WHITES);
	if (p[O_GCT] == T_STR) {
		note_lru_name(m, p, addr);
		note_fixed(m, p);
	}
	tally(m, p, addr, node, 1);
	if (m->out->want_retained) {
		uint64_t size = 0;

		object_size(m->vm, p, addr, &size);
		note_object(m, p, size, node);
		note_reference(m, m->out->graph.count - 1);
		if (m->failed)
			return;
	} else if (has_scratch(p)) {
		set_path(m, p, node);
	}
	if (!has_scratch(p))
		note_place(m, node, addr, false);
	if (p[O_GCT] == T_UPVAL) {
		mark_upvalue_value(m, p, node);
	} else if (p[O_GCT] != T_STR && p[O_GCT] != T_CDATA) {
		wait_for(m, node);
		found(m, p, node);
	}
}
