/* One function per object kind, after its lj_*_free. */
#include "luajit/object-size.h"
#include "luajit/heap.h"

enum {
	CT_ENUM = 5, CT_ATTRIB = 8,	/* lj_ctype.h */
	MAX_ATTRIBS = 64,
};

/* lj_tab_free */
static uint64_t tab_size(const uint8_t *t)
{
	int8_t colo = (int8_t)t[TAB_COLO];
	uint32_t hmask = get_u32(t + TAB_HMASK);
	uint64_t size = TAB_SIZE;

	if (hmask > 0)
		size += ((uint64_t)hmask + 1) * NODE_SIZE;
	if (colo <= 0)
		size += (uint64_t)get_u32(t + TAB_ASIZE) * 8;
	if (colo)
		size += (uint64_t)(colo & 0x7f) * 8;
	return size;
}

/* lj_func_free */
static uint64_t func_size(const uint8_t *fn)
{
	uint64_t n = fn[FUNC_NUPVALUES];

	return fn[FUNC_FFID] == 0 ? FUNC_UVPTR + n * REF : FUNC_C_UPVALUE + n * 8;
}

/* lj_state_free; the main thread itself is part of GG_State */
static uint64_t thread_size(const struct vm *vm, const uint8_t *th, uint64_t addr)
{
	return (addr == vm->L.a ? 0 : vm->layout->lua_state) + (uint64_t)get_u32(th + TH_STACKSIZE) * 8;
}

/* lj_trace_free */
static uint64_t trace_size(const struct vm *vm, const uint8_t *tr)
{
	uint64_t size = ((TR_SIZE + 7) & ~7) + (uint64_t)(get_u32(tr + TR_NINS) - get_u32(tr + TR_NK)) * IRINS_SIZE;

	if (vm->layout->old_traces)
		return size + (uint64_t)get_u16(tr + TR_OLD_NSNAP) * SNAPSHOT_OLD_SIZE +
		       (uint64_t)get_u16(tr + TR_OLD_NSNAPMAP) * SNAPENTRY_SIZE;
	return size + (uint64_t)get_u16(tr + TR_NSNAP) * SNAPSHOT_SIZE + (uint64_t)get_u32(tr + TR_NSNAPMAP) * SNAPENTRY_SIZE;
}

/* lj_udata_free, and lj_bufx_free for a string.buffer that owns its memory */
static uint64_t udata_size(struct vm *vm, const uint8_t *ud, uint64_t addr)
{
	uint64_t size = UD_SIZE + (uint64_t)get_u32(ud + UD_LEN);

	if (ud[UD_UDTYPE] == UDTYPE_BUFFER) {
		const uint8_t *sb = heap_at(vm, addr + UD_SIZE, SB_DICT_MT + REF);

		if (!sb)
			return 0;
		if (!(get_buffer_ptr(sb + SB_L) & (SBUF_FLAG_COW | SBUF_FLAG_BORROW)))
			size += get_buffer_ptr(sb + SB_E) - get_buffer_ptr(sb + SB_B);
	}
	return size;
}

/* lj_cdata_free */
static uint64_t cdata_size(struct vm *vm, const uint8_t *cd, uint64_t addr)
{
	uint32_t id = get_u16(cd + CDATA_CTYPEID);
	const uint8_t *gp, *cts, *ct;

	if (get_marked(cd) & MARK_CDATA_VAR) {
		const uint8_t *var = heap_at(vm, addr - 8, 8);

		return var ? (uint64_t)get_u32(var + 4) + get_u16(var + 2) : 0;
	}
	gp = heap_at(vm, vm->g.a + vm->layout->ctype_state, REF);
	cts = gp ? heap_at(vm, get_ref(gp), 16) : NULL;
	if (!cts)
		return 0;
	for (int i = 0; i < MAX_ATTRIBS; i++) {
		uint32_t info;

		if (id >= get_u32(cts + 8))
			return 0;
		ct = heap_at(vm, get_ref(cts) + (uint64_t)id * CTYPE_SIZE, CTYPE_SIZE);
		if (!ct)
			return 0;
		info = get_u32(ct);
		if (info >> 28 != CT_ATTRIB)
			return CDATA_SIZE + (uint64_t)(info >> 28 <= CT_ENUM ? get_u32(ct + 4) : 8);
		id = info & 0xffff;
	}
	return 0;
}

bool object_size(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size)
{
	switch (p[O_GCT]) {
	case T_STR: *size = object_str_size(p); return true;
	case T_UPVAL: *size = UPVAL_SIZE; return true;
	case T_THREAD: *size = thread_size(vm, p, addr); return true;
	case T_PROTO: *size = get_u32(p + PROTO_SIZEPT); return true;
	case T_FUNC: *size = func_size(p); return true;
	case T_TRACE: *size = trace_size(vm, p); return true;
	case T_CDATA: *size = cdata_size(vm, p, addr); return *size != 0;
	case T_TAB: *size = tab_size(p); return true;
	case T_UDATA: *size = udata_size(vm, p, addr); return *size != 0;
	default: return false;
	}
}

uint64_t object_header_size(unsigned gct)
{
	static const uint8_t fixed[] = {STR_SIZE, UPVAL_SIZE, TH_STACKSIZE + 8, PROTO_SIZE, FUNC_UVPTR,
					TR_SIZE, CDATA_SIZE, TAB_SIZE, UD_SIZE};

	return gct >= T_STR && gct <= T_UDATA ? fixed[gct - T_STR] : 0;
}
