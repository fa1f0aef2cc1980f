/* What the files of the account share. Compiled once per variant of object.h. */
#ifndef HW_ACCOUNT_H
#define HW_ACCOUNT_H

#include "size.h"

#define account_strings VARIANT(account_strings)

/* strings.c: all strings of the table. False with vm->error set where one is none, or the VM counts others. */
bool account_strings(struct vm *vm, const uint8_t *g);

static inline uint8_t *at(struct vm *vm, uint64_t addr, uint64_t len)
{
	return image_at(vm->im, raddr(addr), len);
}

#endif
