"""Runs a command at a terminal of its own: COLUMNS ROWS COMMAND…

What the command writes comes out of standard output. Lines on standard input steer it: `key TEXT` types (JSON text),
`size COLUMNS ROWS` resizes, `signal NUMBER` sends a signal. At the end standard error says what became of both.
"""
import fcntl, json, os, pty, select, struct, sys, termios

columns, rows, *command = sys.argv[1:]
master, slave = pty.openpty()


def resize(columns, rows):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))


resize(columns, rows)
before = termios.tcgetattr(slave)
ended, alive = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(slave, number)
    os.set_inheritable(alive, True)
    os.execvp(command[0], command)
os.close(alive)
orders = b''
watched = [master, ended, 0]
while ended in watched:
    for ready in select.select(watched, [], [])[0]:
        if ready == master:
            os.write(1, os.read(master, 65536))
        elif ready == ended:
            watched.remove(ended)
        else:
            read = os.read(0, 4096)
            if read == b'':
                watched.remove(0)
            *lines, orders = (orders + read).split(b'\n')
            for line in lines:
                what, rest = line.decode().split(' ', 1)
                if what == 'key':
                    os.write(master, json.loads(rest).encode())
                elif what == 'size':
                    resize(*rest.split())
                    os.kill(child, 28)
                else:
                    os.kill(child, int(rest))
while select.select([master], [], [], 0)[0]:
    os.write(1, os.read(master, 65536))
_, status = os.waitpid(child, 0)
restored = termios.tcgetattr(slave)[:4] == before[:4]
print(json.dumps({'status': os.waitstatus_to_exitcode(status), 'restored': restored}), file=sys.stderr)
