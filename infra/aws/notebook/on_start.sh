#!/bin/bash
# At each start of the notebook instance: have a kernel with rlm and what it needs.
# A start may take five minutes, so what takes longer goes on in the background; see .rlm.log.
set -euo pipefail

HOME_FOLDER=/home/ec2-user/SageMaker
# On the volume: it stays when the instance stops.
KERNEL="$HOME_FOLDER/.rlm/kernel"

if python3 -c 'import boto3, ipykernel, pyarrow, rlm.recommend' 2>/dev/null; then
    echo "the notebook's own Python has everything"
    exit 0
fi

mkdir -p "$HOME_FOLDER/.rlm"
aws s3 cp --only-show-errors "${LibraryUrl}" "$HOME_FOLDER/.rlm/library.zip"
aws s3 cp --only-show-errors "${RequirementsUrl}" "$HOME_FOLDER/.rlm/requirements.lock"
cat >"$HOME_FOLDER/.rlm/install.sh" <<'INSTALL'
set -euo pipefail
cd /home/ec2-user/SageMaker/.rlm
if ! cmp --silent requirements.lock installed.lock; then
    rm -rf kernel
    /home/ec2-user/anaconda3/bin/conda create --quiet --yes --prefix "$PWD/kernel" python=3.12 pip
    kernel/bin/python -m pip install --quiet --require-hashes --requirement requirements.lock
    cp requirements.lock installed.lock
fi
# A wheel is an archive of what lies in site-packages.
site="$(kernel/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
rm -rf "$site"/rlm "$site"/rlm-*.dist-info
kernel/bin/python -m zipfile --extract library.zip "$site"
# Where kernels are looked for is on the root disk, which does not stay.
kernel/bin/python -m ipykernel install --user --name rlm --display-name RLM
INSTALL
chown -R ec2-user: "$HOME_FOLDER/.rlm"
nohup sudo -u ec2-user bash "$HOME_FOLDER/.rlm/install.sh" >"$HOME_FOLDER/.rlm.log" 2>&1 &
echo "installing the kernel RLM into $KERNEL"
