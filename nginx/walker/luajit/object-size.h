/* Sizes of objects, as gc.total has them. Compiled once per variant of object.h. */
#ifndef HW_OBJECT_SIZE_H
#define HW_OBJECT_SIZE_H

#include "luajit/vm.h"
#include "luajit/object.h"

#define object_size VARIANT(object_size)
#define object_header_size VARIANT(object_header_size)

/* Size of the object whose copy is at p. False where it is no object. */
bool object_size(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size);
/* Bytes of an object's fixed part: what must be readable before its size can be told. 0: no such kind. */
uint64_t object_header_size(unsigned gct);

/* lj_str_free */
static inline uint64_t object_str_size(const uint8_t *s)
{
	uint64_t len = get_u32(s + STR_LEN);

	return STR_SIZE + (OLD ? len + 1 : (len + 4) & ~UINT64_C(3));
}

/* What of an object of that size is content: a string's bytes, a cdata's, what a string.buffer has to read. */
static inline uint64_t object_payload(const uint8_t *p, uint64_t size)
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

#endif
