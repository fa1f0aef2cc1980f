#include "marker/code.h"
#include "marker/bytecode.h"

enum {
	MOST_FIELDS = 8, /* of a way to a table */
	NOT_THERE = 0xff,
};

const uint8_t *code_upvalue(const struct vm *vm, const struct code *c, uint64_t index)
{
	if (c->is_within)
		index = index < MOST_UPVALUES ? c->upvalues[index] : NOT_THERE;
	return index < c->function[FUNC_NUPVALUES] ? heap_object_at(vm, get_ref(c->function + FUNC_UVPTR + index * REF), T_UPVAL)
						   : NULL;
}

void code_within(const struct vm *vm, const struct code *around, uint64_t proto, struct code *within)
{
	const uint8_t *pt = heap_at(vm, proto, PROTO_SIZE);
	const uint32_t n = pt && pt[PROTO_SIZEUV] <= MOST_UPVALUES ? pt[PROTO_SIZEUV] : 0;
	const uint8_t *uv = n ? heap_at(vm, get_ref(pt + PROTO_UV), (uint64_t)n * 2) : NULL;

	*within = (struct code){.function = around->function, .proto = proto, .is_within = true};
	memset(within->upvalues, NOT_THERE, sizeof(within->upvalues));
	for (uint32_t i = 0; uv && i < n; i++) {
		const uint16_t is = get_u16(uv + i * 2);

		if (!(is & UV_LOCAL))
			within->upvalues[i] = !around->is_within	    ? (uint8_t)is
					      : (is & 0xff) < MOST_UPVALUES ? around->upvalues[is & 0xff]
									    : NOT_THERE;
	}
}

static void put(struct values *v, const uint8_t *object)
{
	if (object && v->count < MOST_VALUES)
		v->list[v->count++] = object;
}

static void put_entries(const struct vm *vm, const uint8_t *t, struct values *to)
{
	uint32_t asize, count;
	const uint8_t *array = heap_array(vm, t, &asize), *nodes = heap_nodes(vm, t, &count);

	for (uint32_t i = 0; array && i < asize && to->count < MOST_VALUES; i++)
		put(to, heap_object_of(vm, get_u64(array + (uint64_t)i * 8)));
	for (uint32_t i = 0; nodes && i < count && to->count < MOST_VALUES; i++)
		put(to, heap_object_of(vm, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL)));
}

void code_values(const struct vm *vm, const struct flow *flow, uint16_t origin, const struct code *c, const uint8_t *self,
		 struct values *v)
{
	uint16_t way[MOST_FIELDS];
	size_t n = 0;
	const uint8_t *p;

	v->count = 0;
	for (; flow->origins[origin].from; origin = flow->origins[origin].from) {
		if (n >= MOST_FIELDS)
			return;
		way[n++] = origin;
	}
	switch (flow->origins[origin].kind) {
	case ORIGIN_UPVALUE:
		p = code_upvalue(vm, c, flow->origins[origin].key);
		p = p ? heap_at(vm, get_ref(p + UPVAL_V), 8) : NULL;
		put(v, p ? heap_object_of(vm, get_u64(p)) : NULL);
		break;
	case ORIGIN_GLOBALS: put(v, heap_object_at(vm, get_ref(c->function + FUNC_ENV), T_TAB)); break;
	case ORIGIN_SELF: put(v, self); break;
	default: break;
	}
	while (n-- > 0) {
		const struct origin *o = &flow->origins[way[n]];
		const struct values before = *v;

		v->count = 0;
		for (size_t i = 0; i < before.count; i++) {
			const uint8_t *t = before.list[i];

			if (t[O_GCT] == T_TAB && o->kind == ORIGIN_FIELD)
				put(v, heap_object_of(vm, heap_tab_getstr(vm, t, o->key)));
			else if (t[O_GCT] == T_TAB)
				put_entries(vm, t, v);
		}
	}
}
