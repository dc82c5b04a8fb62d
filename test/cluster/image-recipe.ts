/** What the base images are made of. Any change here changes the images' key, so that stale images are built again. */

export const BARE_PACKAGES = [
	"systemd",
	"systemd-sysv",
	"dbus",
	"openssh-server",
	"iproute2",
	"sudo",
	"procps",
	"iputils-ping",
	"ca-certificates",
	"rsync",
	"openssh-client",
] as const;

/**
 * Runs in the bare image: removes units that only delay a boot, adds users to log in as. `dba` may become postgres and nothing
 * else; `nosudo` has an unknown password, so its sudo asks for one.
 */
export const TRIM_SCRIPT = `set -eu
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \\
  systemd-logind.service console-getty.service getty.target systemd-tmpfiles-clean.timer logrotate.timer motd-news.timer \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-sysusers.service systemd-remount-fs.service \
  systemd-journal-flush.service dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-initctl.socket
mkdir -p /etc/systemd/system-generators
for generator in cryptsetup debug fstab getty gpt-auto hibernate-resume integritysetup rc-local run system-update veritysetup; do
  ln -s /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
done
systemctl set-default --quiet multi-user.target
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf
touch /etc/resolv.conf
for user in dba nosudo; do
  useradd --create-home --shell /bin/bash "$user"
done
usermod --password '*' dba
usermod --password '*' nosudo
printf '%s\\n' 'dba ALL=(postgres) NOPASSWD: ALL' 'nosudo ALL=(ALL) ALL' > /etc/sudoers.d/people
chmod 440 /etc/sudoers.d/people
`;

/** Runs in the ready image with the machine's network: downloads the packages, then installs them without creating a cluster. */
export const INSTALL_SCRIPT = `set -eu
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
apt-get -q update
version=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\\([0-9]*\\)$/\\1/p' | head -1)
mkdir -p /etc/postgresql-common
printf '%s\\n' 'create_main_cluster = false' "add_include_dir = 'conf.d'" > /etc/postgresql-common/createcluster.conf
packages="postgresql-$version postgresql-$version-repmgr repmgr"
apt-get -q -y install --no-install-recommends --download-only $packages postgresql
mkdir -p /debs-out
cp /var/cache/apt/archives/*.deb /debs-out/
apt-get -q -y install --no-install-recommends $packages
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d
echo "$version" > /postgres-version
`;

/**
 * A unit in place of Debian's init script, whose stop and restart do nothing to a running repmgrd and exit with 0.
 * At boot the primary may come up later than this host, so a repmgrd that gave up is restarted; one killed by SIGKILL was
 * killed by a test and stays dead.
 */
export const REPMGRD_UNIT = `[Unit]
Description=failover daemon of repmgr
After=network.target postgresql.service
ConditionPathExists=/etc/repmgr.conf
StartLimitIntervalSec=0

[Service]
User=postgres
RuntimeDirectory=repmgrd
ExecStart=/usr/bin/repmgrd -f /etc/repmgr.conf --daemonize=false --pid-file=/run/repmgrd/repmgrd.pid
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=SIGKILL
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
`;

/** What repmgr on one host may do as root: start and stop the two services. */
export const POSTGRES_SUDOERS = `Defaults:postgres !requiretty
postgres ALL=(root) NOPASSWD: /usr/bin/systemctl, /bin/systemctl
`;
