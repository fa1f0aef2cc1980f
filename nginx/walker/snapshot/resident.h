/*
** heapwalk as the ancestor of nginx: where the kernel lets only ancestors read a process
** (Yama), and so that nothing nginx started outlives the one who asked for it.
*/
#ifndef HW_RESIDENT_H
#define HW_RESIDENT_H

/* Start argv, serve the control socket until it closes, end everything. Returns the exit code. */
int resident_run(int control, char **argv);

#endif
