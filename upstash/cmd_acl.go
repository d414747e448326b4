package upstash

// Users and their permissions: https://redis.io/docs/latest/commands/?group=server.
// Upstash serves them to paid databases, with limits: no selectors, no #hash
// rules, passwords only from [ACLGenToken].

// ACLCat returns the categories of commands.
func ACLCat() Cmd[[]string] { return As(read("ACL", "CAT"), Reply.Strings) }

// ACLCatCommands returns the commands of a category.
func ACLCatCommands(category string) Cmd[[]string] {
	return As(read("ACL", "CAT", category), Reply.Strings)
}

// ACLDelUser deletes users and returns how many there were. It is Converging.
func ACLDelUser(users ...string) Cmd[int64] {
	b := build(Converging, 2+len(users), "ACL", "DELUSER")
	b.strs(users, "user")
	return As(b.done(), Reply.Int64)
}

// ACLGenPass returns a random password of this many bits; 0 means the server's
// default, 256. The server does not keep it.
func ACLGenPass(bits int) Cmd[string] {
	b := build(ReadOnly, 3, "ACL", "GENPASS")
	if bits != 0 {
		b.str(itoa(bits))
	}
	return As(b.done(), Reply.Text)
}

// ACLGenToken returns a REST token for a user, who need not exist yet; the server
// chooses the password when it is "". It becomes valid by ACLSetUser(user,
// ">"+token). Only Upstash has it.
func ACLGenToken(user, password string) Cmd[string] {
	b := build(ReadOnly, 4, "ACL", "GENTOKEN", user)
	b.flag(password != "", password)
	return As(b.done(), Reply.Text)
}

// An ACLUser is what [ACLGetUser] answers.
type ACLUser struct {
	Flags, Passwords         []string
	Commands, Keys, Channels string
}

// ACLGetUser returns a user's permissions; [ErrNil] when there is no such user.
func ACLGetUser(user string) Cmd[ACLUser] {
	return As(read("ACL", "GETUSER", user), Reply.aclUser)
}

func (r Reply) aclUser() (u ACLUser, err error) {
	err = r.named(func(name string, v Reply) (err error) {
		switch name {
		case "flags":
			u.Flags, err = v.Strings()
		case "passwords":
			u.Passwords, err = v.Strings()
		case "commands":
			u.Commands, err = v.Text()
		case "keys":
			u.Keys, err = v.joined()
		case "channels":
			u.Channels, err = v.joined()
		}
		return err
	})
	return u, err
}

// joined returns a string, or a list of strings with spaces between: Redis 6 sent
// patterns as a list.
func (r Reply) joined() (string, error) {
	if !r.IsArray() {
		return r.Text()
	}
	parts, err := r.Strings()
	text := ""
	for i, p := range parts {
		if i > 0 {
			text += " "
		}
		text += p
	}
	return text, err
}

// ACLList returns the rules of all users, one line each.
func ACLList() Cmd[[]string] { return As(read("ACL", "LIST"), Reply.Strings) }

// ACLLoad reads the users from the server's file again.
func ACLLoad() Cmd[struct{}] { return As(idem("ACL", "LOAD"), Reply.OK) }

// ACLLog returns the last refusals, at most count (0 means the server's default,
// 10), each as names and values in turn. Upstash always answers none.
func ACLLog(count int64) Cmd[[]Reply] {
	b := build(ReadOnly, 3, "ACL", "LOG")
	if count != 0 {
		b.str(itoa64(count))
	}
	return As(b.done(), Reply.Array)
}

// ACLLogReset forgets the refusals.
func ACLLogReset() Cmd[struct{}] { return As(idem("ACL", "LOG", "RESET"), Reply.OK) }

// ACLRestToken returns a REST token for a user that exists; a wrong password is a
// server error. Only Upstash has it.
func ACLRestToken(user, password string) Cmd[string] {
	return As(read("ACL", "RESTTOKEN", user, password), Reply.Text)
}

// ACLSave writes the users to the server's file.
func ACLSave() Cmd[struct{}] { return As(idem("ACL", "SAVE"), Reply.OK) }

// ACLSetUser changes a user by rules, or creates one. It is Idempotent, except
// with rules that remove a password or add a selector.
func ACLSetUser(user string, rules ...string) Cmd[struct{}] {
	b := build(Idempotent, 3+len(rules), "ACL", "SETUSER", user)
	b.str(rules...)
	return As(b.refined(aclSetUserClass), Reply.OK)
}

// ACLUsers returns the names of all users.
func ACLUsers() Cmd[[]string] { return As(read("ACL", "USERS"), Reply.Strings) }

// ACLWhoAmI returns the name of the user that the token stands for.
func ACLWhoAmI() Cmd[string] { return As(read("ACL", "WHOAMI"), Reply.Text) }
