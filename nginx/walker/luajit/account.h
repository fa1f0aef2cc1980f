/* What the files of the account share. Compiled once per variant of object.h. */
#ifndef HW_ACCOUNT_H
#define HW_ACCOUNT_H

#include "luajit/heap.h"
#include "luajit/proof.h"
#include "luajit/object-size.h"

#define account_strings VARIANT(account_strings)

/* account-strings.c: take slices of the table until none is left. */
void account_strings(const struct vm *vm, struct string_table *t, struct string_share *s);

#endif
