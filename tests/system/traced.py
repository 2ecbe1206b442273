"""No program of the suite runs while somebody traces it.

# users: root nobody
"""
import os

from secchat_test import BIN, SAN, check, check_equal, main, skip_part
from trace_test import Traced

EXIT_SANDBOX = 8
PROGRAMS = ["secchat", "secchat-crypto", "secchat-net", "secchat-dial",
            "secchat-tty", "secchat-script", "secchat-identity",
            "secchat-price", "secchat-crypto-legacy", "secchat-file"]


def every_program():
    if SAN:
        skip_part("sandbox: this build runs unconfined")
        return
    for program in PROGRAMS:
        with Traced(os.path.join(BIN, program)) as t:
            code, words = t.run()
        check_equal(code, EXIT_SANDBOX, program + " said " + words)
        check(f"process {os.getpid()} traces" in words, program, words)


main(every_program)
