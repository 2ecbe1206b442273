# fish completion for secchat: commands, options, and the people that
# `secchat peers` knows.

function __secchat_is
	set -l words (commandline -opc)
	test (count $words) -gt 1; and contains -- $words[2] $argv
end

function __secchat_is_first
	test (count (commandline -opc)) -eq 1
end

# Whether the last word before this one is among them.
function __secchat_after
	set -l words (commandline -opc)
	contains -- $words[-1] $argv
end

function __secchat_names
	secchat peers -q --no-input 2>/dev/null
end

complete -c secchat -f
complete -c secchat -n __secchat_is_first -a host -d 'wait for one person'
complete -c secchat -n __secchat_is_first -a join -d 'call one person'
complete -c secchat -n __secchat_is_first -a keygen -d 'make a key file'
complete -c secchat -n __secchat_is_first -a fingerprint -d "a key file's fingerprint"
complete -c secchat -n __secchat_is_first -a id -d "this computer's identity"
complete -c secchat -n __secchat_is_first -a peers -d 'remembered people'
complete -c secchat -n __secchat_is_first -a audit -d 'show what keeps the keys'
complete -c secchat -n __secchat_is_first -a prices -d 'BTC ETH SOL DOGE'
complete -c secchat -n __secchat_is_first -a help -d 'explain a command'
complete -c secchat -n __secchat_is_first -l version -d 'print the version'
complete -c secchat -n '__secchat_after id' -a 'show new rename'
complete -c secchat -n '__secchat_is peers; and __secchat_after peers' -a 'list show forget'
complete -c secchat -n '__secchat_is peers; and __secchat_after show forget' -a '(__secchat_names)'
complete -c secchat -n '__secchat_after help' -a 'host join keygen fingerprint id peers audit prices'
complete -c secchat -n '__secchat_is keygen fingerprint' -F

complete -c secchat -l help -s h -d 'explain the command'

set -l chat '__secchat_is host join'
set -l show '__secchat_is host join prices'
complete -c secchat -n $show -l ascii -d 'show nothing but ASCII'
complete -c secchat -n $show -l ca-file -r -F -d 'certificates to trust'
complete -c secchat -n $show -l colors -x -a 'western eastern blue-orange' -d 'which colours'
complete -c secchat -n $show -l config -r -F -d 'settings'
complete -c secchat -n "$show; or __secchat_is audit id peers" -l json -d 'as JSON'
complete -c secchat -n $show -l log -r -F -d 'append events'
complete -c secchat -n "$show; or __secchat_is audit" -l no-color -d 'no colours'
complete -c secchat -n "$show; or __secchat_is id peers" -l no-input -d 'never ask; fail instead'
complete -c secchat -n "$show; or __secchat_is audit" -l plain -d 'line by line'
complete -c secchat -n $show -l prices-every -x -d 'seconds between two refreshes'
complete -c secchat -n $show -l prices-sample -d 'the server makes its prices up'
complete -c secchat -n $show -l prices-url -x -d 'ask this server'
complete -c secchat -n "$show; or __secchat_is peers" -l quiet -s q -d 'fewer words'
complete -c secchat -n $show -l verbose -s v -d 'what each process does'
complete -c secchat -n $chat -l accept-intro -x -d 'accept introduction N'
complete -c secchat -n $chat -l accept-new -d 'take an unknown key as it comes'
complete -c secchat -n $chat -l legacy -x -a 'fernet gcm' -d 'talk to an older program'
complete -c secchat -n $chat -l crypto-worker -r -F -d 'another program in its place'
complete -c secchat -n $chat -l download-dir -x -a '(__fish_complete_directories)' -d 'where received files go'
complete -c secchat -n $chat -l id -d "with this computer's identity"
complete -c secchat -n $chat -l key -r -F -d 'a shared key file'
complete -c secchat -n $chat -l name -x -a '(__secchat_names)' -d 'who the other person is'
complete -c secchat -n $chat -l no-prices -d 'never ask for prices'
complete -c secchat -n $chat -l pair -d 'meet for the first time'
complete -c secchat -n $chat -l passphrase -d 'a passphrase, typed hidden'
complete -c secchat -n $chat -l passphrase-fd -x -d 'read it from a descriptor'
complete -c secchat -n $chat -l pq -d 'add a post-quantum key exchange'
complete -c secchat -n $chat -l prices -d 'prices from the start'
complete -c secchat -n $chat -l rekey-every -x -d 'new keys after N messages, or a time'
complete -c secchat -n '__secchat_is host' -l keep -d 'wait for the next one'
complete -c secchat -n '__secchat_is join' -l code-fd -x -d "the code's descriptor"
complete -c secchat -n '__secchat_is join' -l wait -d 'keep calling'
complete -c secchat -n '__secchat_is join prices' -l proxy -x -d 'socks5://HOST:PORT or socks5:PATH'
complete -c secchat -n '__secchat_is prices' -l watch -d 'go on until q'
complete -c secchat -n '__secchat_is audit' -l live -d 'the session that is running'
complete -c secchat -n '__secchat_is audit' -l only -x -d 'only these checks'
complete -c secchat -n '__secchat_is audit' -l policy -d 'print the policies'
complete -c secchat -n '__secchat_is audit' -l prove -d 'search for known keys'
complete -c secchat -n '__secchat_is audit' -l strict -d 'a warning is a failure'
