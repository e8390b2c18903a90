#ifndef CLINUX_PIPES_H
#define CLINUX_PIPES_H

/// pipe2(2) with O_CLOEXEC: `ends[0]` reads what is written to `ends[1]`.
int clinux_pipe(int ends[2]);

#endif
