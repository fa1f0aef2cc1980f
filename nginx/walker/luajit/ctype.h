/* Names of C types, as ffi.typeof() shows them. Compiled once per variant of object.h. */
#ifndef HW_CTYPE_H
#define HW_CTYPE_H

#include "luajit/object-size.h"

#include <stdlib.h>

#define ctypes_open VARIANT(ctypes_open)
#define ctype_at VARIANT(ctype_at)
#define ctype_is_number VARIANT(ctype_is_number)
#define ctype_name VARIANT(ctype_name)
#define ctype_own_name VARIANT(ctype_own_name)

enum { MAX_CTYPES = 1 << 16, CTYPE_NAME = 256 };

/* The CTState of one VM. */
struct ctypes {
	struct vm *vm;
	const uint8_t *state;	/* NULL: the FFI was never used */
	uint32_t top;
	uint16_t *typedefs;	/* per CTypeID the first typedef that names it; made when first asked for */
};

void ctypes_open(struct ctypes *c, struct vm *vm);
static inline void ctypes_close(struct ctypes *c)
{
	free(c->typedefs);
}

/* The copy of a CType, or NULL. */
const uint8_t *ctype_at(const struct ctypes *c, uint32_t id);
/* Integers, floating point numbers and booleans. */
bool ctype_is_number(const struct ctypes *c, uint32_t id);
/* The name that a CType itself has (a tag, a typedef's or a function's), or NULL. */
const uint8_t *ctype_own_name(const struct ctypes *c, const uint8_t *ct, size_t *length);
/*
** Write "struct foo *" and the like: as lj_ctype_repr, but what has no name is called by its typedef, or "struct {...}"
** rather than by a number. Returns the length; a type that is damaged or too long is "?".
*/
size_t ctype_name(struct ctypes *c, uint32_t id, char to[CTYPE_NAME]);

#endif
