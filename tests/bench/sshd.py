"""sshd, started by the measured user for itself alone."""
import os

from world import Missing, free_port, need, wait_listening

CIPHER = "chacha20-poly1305@openssh.com"
SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 100
Subsystem sftp /usr/lib/openssh/sftp-server
"""
CLIENT = """\
Host bench
HostName 127.0.0.1
Port {port}
User {user}
IdentityFile {folder}/user_key
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
StrictHostKeyChecking no
BatchMode yes
Ciphers {cipher}
Compression no
LogLevel ERROR
"""


class Sshd:
    def __init__(self, world):
        self.ssh_path = need("ssh", "openssh-client")
        self.scp_path = need("scp", "openssh-client")
        sshd = need("sshd", "openssh-server")
        self.world, self.port = world, free_port()
        folder = world.mkdir("ssh")
        for name in ("host_key", "user_key"):
            path = os.path.join(folder, name)
            if not os.path.exists(path):
                world.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                          path)
        words = {"port": self.port, "folder": folder, "user": world.user,
                 "cipher": CIPHER}
        world.write("ssh/sshd_config", SERVER.format(**words))
        self.config = world.write("ssh/config", CLIENT.format(**words))
        self.process = world.start(sshd, "-D", "-e", "-f",
                                   os.path.join(folder, "sshd_config"))
        wait_listening(self.port)
        done = world.run(*self.ssh(), "echo here")
        if done.stdout != "here\n":
            raise Missing(f"sshd does not let {world.user} in: "
                          f"{(done.stdout + done.stderr).strip()}")

    def ssh(self):
        return [self.ssh_path, "-F", self.config, "-T", "bench"]

    def scp(self):
        return [self.scp_path, "-q", "-F", self.config]
